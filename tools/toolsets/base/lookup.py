"""This module finds the record and the people that a call is about, for the checks of tool bodies.

A record that is missing is named. Who stands behind an account is found too, so that no second account slips past.
"""

from ....policies.errors import BadInput
from ...connectors.port import BusinessRecord, SystemOfRecord
from ...spec import ToolContext


def find_human(context: ToolContext, user_id: str | None) -> str | None:
    """The human behind a user id; the id itself when the directory does not know it."""
    if user_id is None:
        return None
    found = context.services.directory.get(user_id)
    return found.human if found is not None else user_id


def find_manager(context: ToolContext, user_id: str) -> str | None:
    """User id of the line manager, or ``None``."""
    found = context.services.directory.get(user_id)
    return found.manager if found is not None else None


def require_other_person(context: ToolContext, user_id: str | None, words: str) -> None:
    """Refuses when the principal is the human behind a user id.

    Raises:
        BadInput: with ``words`` as the reason.
    """
    if user_id is not None and find_human(context, user_id) == context.principal.human:
        raise BadInput(words)


MAX_ROWS = 10_000
"""How many records one question to the system of record may return."""


def require_record(records: SystemOfRecord, kind: str, id: str) -> BusinessRecord:
    """The record with this id.

    Raises:
        BadInput: there is none.
    """
    found = records.get(kind, id)
    if found is None:
        raise BadInput(f"There is no {kind.replace('_', ' ')} {id[:40]}; check the number.")
    return found


def get_party_name(records: SystemOfRecord, kind: str, id: str) -> str:
    """What a customer or supplier is called; nothing when there is no such record."""
    found = records.get(kind, id)
    return str(found["name"]) if found else ""
