"""A principal is who is asking; it comes from the session, never from a model or from message text."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ..errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Principal:
    """One authenticated user.

    Attributes:
        user_id: unique within the tenant, e.g. ``"mara.voss"``.
        tenant: the organisation whose data this user may see; matched whole, never by prefix.
        roles: what policies speak of, e.g. ``{"support_agent"}``.
        teams: the departments or queues this user belongs to, e.g. ``{"support"}``.
        name: shown to people.
        person: the human behind the account; two accounts of one human share it.
        manager: user id of the line manager, or ``None``.
        limit_minor: what this user may sign for, in minor units of the company currency.
    """

    user_id: str
    tenant: str
    roles: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    name: str = ""
    person: str = ""
    manager: str | None = None
    limit_minor: int = 0

    @property
    def human(self) -> str:
        """The human behind this account, for separation of duties."""
        return self.person or self.user_id


class Directory(Protocol):
    """Where principals come from: the sample company, a file, or the user's identity system."""

    def get(self, user_id: str) -> Principal | None:
        """The principal with this id, or ``None``."""
        ...

    def everyone(self) -> Iterable[Principal]:
        """Every principal, in a stable order."""
        ...


def require_principal(directory: Directory, user_id: str) -> Principal:
    """The principal with this id.

    Raises:
        NotAllowed: nobody in the directory has this id.
    """
    found = directory.get(user_id)
    if found is None:
        raise NotAllowed(
            f"Nobody with the id {user_id!r} is in the directory. Pick one that is: `countersign users` lists them."
        )
    return found
