"""The sample company is given to an assistant as a business."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...policies.errors import BadInput
from ...policies.storage.urls import make_sqlite_url
from ..connectors.business import Business, PastCase
from ..connectors.port import SystemOfRecord
from .schema.schema import company
from .store.database import DEFAULT_SEED, open_company
from .store.directory import CompanyDirectory

if TYPE_CHECKING:
    from ...memory.ingest.documents import MemoryDocument


HISTORY_NOTE = (
    "Trained on the history of the sample company, which is made up; train it on your own before relying on it."
)


def sample_business(path: Path | str, *, today: date | None = None, seed: int = DEFAULT_SEED) -> Business:
    """The sample company, Halden & Birch, to give to ``Assistant.open(home, business=...)``.

    Args:
        path: its SQLite file, made when it is missing; or the SQLAlchemy URL of its database.
        today: the day its story stands at when it is made; the current day in UTC when left out.
        seed: which of the many possible sample companies is made.

    Raises:
        BadInput: ``today`` is no day, or the company that stands there was made for another.
        StorageError: the place cannot be written, or holds something else.
        Unavailable: the database does not answer.
    """
    if today is not None and (not isinstance(today, date) or isinstance(today, datetime)):
        raise BadInput(f"`today` is a day, such as date(2026, 11, 30), not {today!r}.")
    url = path if isinstance(path, str) and "://" in path else make_sqlite_url(Path(path).expanduser().absolute())
    records = open_company(url, seed=seed, today=today)
    stands_at = records.company().today
    if today is not None and stands_at != today:
        records.close()
        raise BadInput(
            f"The sample company at {path} was made for {stands_at}, not for {today}; leave `today` out, or name "
            "another place."
        )
    return Business(
        records=records,
        directory=CompanyDirectory(records),
        precedents=partial(_precedents, records),
        labelled_history=read_labelled_history,
        history_note=HISTORY_NOTE,
        clause_library=_clause_library,
        own_table=company.name,
    )


def _precedents(records: SystemOfRecord) -> "Iterator[MemoryDocument]":
    from ...memory.ingest.documents import MemoryDocument
    from ...memory.records.items import PRECEDENT
    from .store.precedents import list_precedents

    for name, title, text in list_precedents(records):
        yield MemoryDocument(name, title, text, kind=PRECEDENT, visibility="team:legal")


def read_labelled_history(task: str) -> Sequence[PastCase]:
    """The settled cases of a learning task, oldest first; none for a task that this company knows nothing of."""
    from .texts.past_cases import generate_past_invoices, generate_past_refunds, generate_past_tickets

    match task:
        case "fraud":
            return generate_past_refunds()
        case "invoice_risk":
            return generate_past_invoices()
        case "sentiment" | "urgency":
            return generate_past_tickets(task)
    return ()


def _clause_library() -> Mapping[str, str]:
    from .texts.clause_library import load_clause_library

    return {name: clause.fallback for name, clause in load_clause_library().items()}
