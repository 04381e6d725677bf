"""Everything typed that a message or a document says, in one value."""

from dataclasses import dataclass
from datetime import date

from .dates import DateMention, find_dates
from .identifiers import Email, Iban, Identifier, find_emails, find_ibans, find_ids
from .money import Money, find_money
from .quantities import Duration, Percentage, find_durations, find_percentages

__all__ = [
    "DateMention", "Duration", "Email", "Extracted", "Iban", "Identifier", "Money", "Percentage", "extract",
    "find_dates", "find_durations", "find_emails", "find_ibans", "find_ids", "find_money", "find_percentages",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extracted:
    """Typed mentions, each with `start` and `end` such that `text[start:end]` is its `text`."""

    money: tuple[Money, ...]
    dates: tuple[DateMention, ...]
    ids: tuple[Identifier, ...]
    percentages: tuple[Percentage, ...]
    durations: tuple[Duration, ...]
    emails: tuple[Email, ...]
    ibans: tuple[Iban, ...]

    def ids_of(self, kind: str) -> tuple[str, ...]:
        """The canonical record numbers of one kind ("invoice"), each once, in order."""
        return tuple(dict.fromkeys(item.canonical for item in self.ids if item.kind == kind))


def extract(text: str, *, today: date | None = None, day_first: bool | None = None) -> Extracted:
    """Read all typed mentions in `text`; `today` and `day_first` as in `find_dates`."""
    return Extracted(
        money=find_money(text),
        dates=find_dates(text, today=today, day_first=day_first),
        ids=find_ids(text),
        percentages=find_percentages(text),
        durations=find_durations(text),
        emails=find_emails(text),
        ibans=find_ibans(text),
    )
