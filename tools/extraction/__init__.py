"""This package reads typed values in text without a model: dates, money, quantities, record numbers and names.

`extract` gives them all in one value. Each kind has its module; `folding` and `sentences` prepare the text, and
`documents` turns an uploaded file into text. What is ambiguous is reported as such, not guessed. Contracts are read by
a package of their own.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .amount_doubts import find_amount_doubt as find_amount_doubt
    from .dates import DateMention as DateMention
    from .dates import find_dates as find_dates
    from .documents import TextDocument as TextDocument
    from .documents import decode_text_document as decode_text_document
    from .documents import load_text_document as load_text_document
    from .extract import TypedMentions as TypedMentions
    from .extract import extract_mentions as extract_mentions
    from .folding import FoldedText as FoldedText
    from .folding import fold_text as fold_text
    from .identifiers import find_iban_mentions as find_iban_mentions
    from .identifiers import format_record_id as format_record_id
    from .money import find_currency_code as find_currency_code
    from .money import find_money as find_money
    from .money import parse_amount as parse_amount
    from .name_matching import match_name as match_name
    from .name_matching import normalize_name as normalize_name
    from .quantities import Duration as Duration
    from .quantities import find_durations as find_durations
    from .quantities import find_percentages as find_percentages
    from .quantities import parse_number_words as parse_number_words
    from .sentences import split_sentences as split_sentences
    from .shares import find_share as find_share

__getattr__ = export_lazily(
    __name__,
    {
        "amount_doubts": "find_amount_doubt",
        "dates": "DateMention find_dates",
        "documents": "decode_text_document load_text_document TextDocument",
        "extract": "extract_mentions TypedMentions",
        "folding": "fold_text FoldedText",
        "identifiers": "find_iban_mentions format_record_id",
        "money": "find_currency_code find_money parse_amount",
        "name_matching": "match_name normalize_name",
        "quantities": "Duration find_durations find_percentages parse_number_words",
        "sentences": "split_sentences",
        "shares": "find_share",
    },
)
