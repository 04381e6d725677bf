"""Finding the record that a call is about, or saying which one is missing."""

from ....policies.errors import BadInput
from ...connectors.port import Record, SystemOfRecord

MOST = 10_000
"""How many records one question to the system of record may return."""


def required(records: SystemOfRecord, kind: str, id: str) -> Record:
    """The record with this id.

    Raises:
        BadInput: there is none.
    """
    found = records.get(kind, id)
    if found is None:
        raise BadInput(f"There is no {kind.replace('_', ' ')} {id[:40]}; check the number.")
    return found


def name_of(records: SystemOfRecord, kind: str, id: str) -> str:
    """What a customer or supplier is called; nothing when there is no such record."""
    found = records.get(kind, id)
    return str(found["name"]) if found else ""
