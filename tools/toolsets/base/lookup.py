"""Who stands behind an account, for the checks that no second account may slip past."""

from ....policies.errors import BadInput
from ...spec import ToolContext


def human_of(context: ToolContext, user_id: str | None) -> str | None:
    """The human behind a user id; the id itself when the directory does not know it."""
    if user_id is None:
        return None
    found = context.services.directory.get(user_id)
    return found.human if found is not None else user_id


def manager_of(context: ToolContext, user_id: str) -> str | None:
    """User id of the line manager, or ``None``."""
    found = context.services.directory.get(user_id)
    return found.manager if found is not None else None


def not_oneself(context: ToolContext, user_id: str | None, words: str) -> None:
    """Refuses when the principal is the human behind a user id.

    Raises:
        BadInput: with ``words`` as the reason.
    """
    if user_id is not None and human_of(context, user_id) == context.principal.human:
        raise BadInput(words)
