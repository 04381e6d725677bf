"""This package reads contracts without a language model and holds them against the firm's written rules.

`reader` gives the whole reading, from `sections`, `parties`, `clauses` and `jurisdictions`. `clause_kinds` are the
kinds that are looked for, by written wording and by the trained finder in `clause_model`. `citations` checks
references, and `risks` applies the rules in `risk_rules_money` and `risk_rules_time` to a `risk_case`. It judges by
written rules only.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .citations import CitationCheck as CitationCheck
    from .citations import check_citations as check_citations
    from .clause_kinds import load_clause_kinds as load_clause_kinds
    from .clause_model import CLAUSE_MODEL_FILE as CLAUSE_MODEL_FILE
    from .clause_model import ClauseLabel as ClauseLabel
    from .clause_model import ClauseModel as ClauseModel
    from .clause_model import encode_clause_model as encode_clause_model
    from .clause_model import extract_clause_terms as extract_clause_terms
    from .clause_model import load_clause_labels as load_clause_labels
    from .clause_model import score_descriptions as score_descriptions
    from .clauses import ClauseFinding as ClauseFinding
    from .clauses import list_sentences as list_sentences
    from .reader import ContractDate as ContractDate
    from .reader import ContractReading as ContractReading
    from .reader import read_contract as read_contract
    from .risk_case import Risk as Risk
    from .risks import find_risks as find_risks
    from .sections import split_sections as split_sections

__getattr__ = export_lazily(
    __name__,
    {
        "citations": "check_citations CitationCheck",
        "clause_kinds": "load_clause_kinds",
        "clause_model": (
            "CLAUSE_MODEL_FILE ClauseLabel ClauseModel encode_clause_model extract_clause_terms "
            "load_clause_labels score_descriptions"
        ),
        "clauses": "ClauseFinding list_sentences",
        "reader": "ContractDate ContractReading read_contract",
        "risk_case": "Risk",
        "risks": "find_risks",
        "sections": "split_sections",
    },
)
