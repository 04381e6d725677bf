"""This package turns values into words and reads values from a person's words. It is pure.

`formatting` shows money, days and records in replies. `request_values` and `party_names` read what a request names;
they guess nothing.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .formatting import HIDDEN as HIDDEN
    from .formatting import format_bullets as format_bullets
    from .formatting import format_count as format_count
    from .formatting import format_day as format_day
    from .formatting import format_minor_amount as format_minor_amount
    from .formatting import format_plain_name as format_plain_name
    from .formatting import format_record as format_record
    from .formatting import format_words as format_words
    from .formatting import quote_words as quote_words
    from .formatting import shorten_line as shorten_line
    from .party_names import find_clear_choice as find_clear_choice
    from .party_names import find_party_names as find_party_names
    from .request_values import MoneyAmount as MoneyAmount
    from .request_values import Problem as Problem
    from .request_values import find_last_said as find_last_said
    from .request_values import find_record_numbers as find_record_numbers
    from .request_values import name_record_to_change as name_record_to_change
    from .request_values import parse_day as parse_day
    from .request_values import parse_home_amount as parse_home_amount
    from .request_values import parse_percent as parse_percent
    from .request_values import parse_request_amount as parse_request_amount

__getattr__ = export_lazily(
    __name__,
    {
        "formatting": (
            "format_bullets format_count format_day format_minor_amount format_plain_name format_record "
            "format_words HIDDEN quote_words shorten_line"
        ),
        "party_names": "find_clear_choice find_party_names",
        "request_values": (
            "find_last_said find_record_numbers MoneyAmount name_record_to_change parse_day parse_home_amount "
            "parse_percent parse_request_amount Problem"
        ),
    },
)
