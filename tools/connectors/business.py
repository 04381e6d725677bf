"""A business is what an assistant works for: its records, its people, and what is known of it from the beginning.

Whoever brings a business of their own fills in :class:`Business`; the sample company fills it in as well, and nothing
in the mechanism knows which of them it works for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ...policies.domain.principal import Directory
from .port import SystemOfRecord

if TYPE_CHECKING:
    from ...memory.ingest.documents import MemoryDocument


@dataclass(frozen=True, slots=True)
class PastCase:
    """One case of the labelled history: what was known when somebody had to decide, and what turned out to be true.

    Attributes:
        case_id: such as ``"PR-0001"``; the same for the same case.
        at: the day on which it was decided.
        values: what was known then, by feature; empty for a text.
        label: 1 when it turned out so (fraud, an exception, urgent, displeased), else 0.
        truth: the label without the mistakes of those who labelled it, where that is known; for evaluation only, never
            for training.
        text: what somebody wrote, for models of text.
        phrases: of a text that was put together from sentences, which ones.
    """

    case_id: str
    at: date
    values: Mapping[str, float]
    label: int
    truth: int
    text: str = ""
    phrases: tuple[str, ...] = ()


def load_no_documents() -> Iterable["MemoryDocument"]:
    """For a business that brings no documents of this sort."""
    return ()


def load_no_history(_task: str) -> Sequence[PastCase]:
    """For a business without labelled history: nothing is trained, and the models that shipped stay in force."""
    return ()


def load_no_clauses() -> Mapping[str, str]:
    """For a business without a clause library."""
    return {}


@dataclass(frozen=True, slots=True)
class Business:
    """The business that an assistant works for.

    What takes time to make is a function; it is called when it is needed, perhaps more than once.

    Attributes:
        records: its systems of record.
        directory: who is who.
        precedents: what it has settled before, loaded into memory at each opening; each says who may see it.
        labelled_history: by the name of a learning task, its settled cases, oldest first.
        history_note: what the card of a model says that was trained on it, in one sentence; empty to say nothing.
        clause_library: by the id of a clause, the wording that it proposes instead of a risky or missing one.
        own_table: a table by which a database is recognised as its own, where the assistant's records must not be
            kept; empty when there is none.
    """

    records: SystemOfRecord
    directory: Directory
    precedents: Callable[[], Iterable["MemoryDocument"]] = load_no_documents
    labelled_history: Callable[[str], Sequence[PastCase]] = load_no_history
    history_note: str = ""
    clause_library: Callable[[], Mapping[str, str]] = load_no_clauses
    own_table: str = ""
