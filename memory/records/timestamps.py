"""Moments are whole microseconds since 1970 (UTC): exact, sortable, the same in every database."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def count_micros(moment: datetime) -> int:
    """Microseconds since 1970.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; use one in UTC")
    return (moment - EPOCH) // timedelta(microseconds=1)


def make_moment(microseconds: int) -> datetime:
    """The moment in UTC."""
    return EPOCH + timedelta(microseconds=microseconds)


def utcnow() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
