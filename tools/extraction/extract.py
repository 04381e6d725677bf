"""This module gathers all typed values of a message or a document in one."""

from dataclasses import dataclass
from datetime import date

from .dates import DateMention, find_dates
from .identifiers import Email, Iban, RecordIdMention, find_email_mentions, find_iban_mentions, find_id_mentions
from .money import Money, find_money
from .quantities import Duration, Percentage, find_durations, find_percentages

__all__ = [
    "DateMention",
    "Duration",
    "Email",
    "Iban",
    "Money",
    "Percentage",
    "RecordIdMention",
    "TypedMentions",
    "extract_mentions",
    "find_dates",
    "find_durations",
    "find_email_mentions",
    "find_iban_mentions",
    "find_id_mentions",
    "find_money",
    "find_percentages",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class TypedMentions:
    """Typed mentions, each with `start` and `end` such that `text[start:end]` is its `text`."""

    money: tuple[Money, ...]
    dates: tuple[DateMention, ...]
    ids: tuple[RecordIdMention, ...]
    percentages: tuple[Percentage, ...]
    durations: tuple[Duration, ...]
    emails: tuple[Email, ...]
    ibans: tuple[Iban, ...]

    def ids_of(self, kind: str) -> tuple[str, ...]:
        """The canonical record numbers of one kind ("invoice"), each once, in order."""
        return tuple(dict.fromkeys(item.canonical for item in self.ids if item.kind == kind))


def extract_mentions(text: str, *, today: date | None = None, day_first: bool | None = None) -> TypedMentions:
    """Reads all typed mentions in `text`; `today` and `day_first` are as in `find_dates`."""
    return TypedMentions(
        money=find_money(text),
        dates=find_dates(text, today=today, day_first=day_first),
        ids=find_id_mentions(text),
        percentages=find_percentages(text),
        durations=find_durations(text),
        emails=find_email_mentions(text),
        ibans=find_iban_mentions(text),
    )
