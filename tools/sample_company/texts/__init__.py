"""The words of the sample company: names, clauses with their fallbacks, and labelled cases of its past.

`lexicon` invents people and firms, `clause_library` holds the wordings of contracts, and `past_cases` holds the history
that models are trained on. The words themselves stand in YAML files beside the modules.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .clause_library import ClauseType as ClauseType
    from .clause_library import ClauseWording as ClauseWording
    from .clause_library import load_clause_library as load_clause_library
    from .lexicon import invent_address as invent_address
    from .lexicon import invent_firm as invent_firm
    from .lexicon import invent_person as invent_person
    from .lexicon import invent_phone as invent_phone
    from .lexicon import invent_similar_name as invent_similar_name
    from .lexicon import list_goods as list_goods
    from .lexicon import list_words as list_words
    from .lexicon import make_mail_domain as make_mail_domain
    from .past_cases import LAST_DAY as LAST_DAY
    from .past_cases import generate_past_invoices as generate_past_invoices
    from .past_cases import generate_past_refunds as generate_past_refunds
    from .past_cases import generate_past_tickets as generate_past_tickets

__getattr__ = export_lazily(
    __name__,
    {
        "clause_library": "ClauseType ClauseWording load_clause_library",
        "lexicon": (
            "invent_address invent_firm invent_person invent_phone invent_similar_name list_goods list_words "
            "make_mail_domain"
        ),
        "past_cases": "generate_past_invoices generate_past_refunds generate_past_tickets LAST_DAY",
    },
)
