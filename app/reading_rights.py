"""Who may read what others did. Fail closed: whoever has none of the roles sees only what is their own."""

from ..policies.errors import NotAllowed
from ..policies.principal import Principal

READERS = frozenset({"auditor", "policy_owner"})
KEY_KEEPERS = frozenset({"it_admin"})
ERASERS = frozenset({"policy_owner", "it_admin"})


def may_read_all(reader: Principal) -> bool:
    """Whether this principal may read the whole log of their tenant."""
    return bool(reader.roles & READERS)


def own_threads(reader: Principal) -> str:
    """How the names of this principal's conversations begin."""
    return f"{reader.tenant}/{reader.user_id}/"


def require_reader(reader: Principal, what: str) -> None:
    """Refuses who may not read what others did.

    Raises:
        NotAllowed: the principal has none of the roles.
    """
    if not may_read_all(reader):
        raise NotAllowed(f"Only {' or '.join(sorted(READERS))} may {what}; your roles do not include that.")


def require_key_keeper(who: Principal) -> None:
    """Refuses who may not replace the installation's key.

    Raises:
        NotAllowed: the principal has none of the roles.
    """
    if not who.roles & KEY_KEEPERS:
        raise NotAllowed(
            f"Only {' or '.join(sorted(KEY_KEEPERS))} may replace the installation's key; "
            "your roles do not include that."
        )


def require_eraser(who: Principal, subject: str) -> None:
    """Refuses who may not erase; everybody may erase themselves.

    Raises:
        NotAllowed: the principal has none of the roles.
    """
    if subject != who.user_id and not who.roles & ERASERS:
        raise NotAllowed(
            f"Only {' or '.join(sorted(ERASERS))} may erase what is not about themselves; "
            "your roles do not include that."
        )
