"""Who may read what others did. Fail closed: whoever has none of the roles sees only what is their own."""

from ...policies.domain.principal import Principal
from ...policies.errors import NotAllowed

READERS = frozenset({"auditor", "policy_owner"})
KEY_KEEPERS = frozenset({"it_admin"})
VOUCHERS = frozenset({"policy_owner"})
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


def may_erase_others(who: Principal) -> bool:
    """Whether this principal decides about what others noted, also about themselves."""
    return bool(who.roles & ERASERS)


def require_eraser(who: Principal, subject: str, what: str = "erase") -> None:
    """Refuses who may not erase, or hand out; everybody may do it with what is about themselves.

    Raises:
        NotAllowed: the principal has none of the roles.
    """
    if subject != who.user_id and not may_erase_others(who):
        raise NotAllowed(
            f"Only {' or '.join(sorted(ERASERS))} may {what} what is not about themselves; "
            "your roles do not include that."
        )


def require_source_eraser(who: Principal, source: str) -> None:
    """Refuses who may not erase a source; everybody may erase the files that they brought and
    what they told the assistant to remember.

    Raises:
        NotAllowed: the source is another's, and the principal has none of the roles.
    """
    from ...graphs.nodes.notes import own_notes
    from ...memory.ingest.sources import own

    if not (who.user_id and source.startswith((own(who.user_id), own_notes(who.user_id)))):
        require_eraser(who, "")


def may_vouch(who: Principal) -> bool:
    """Whether this principal may say what counts as the company's word."""
    return bool(who.roles & VOUCHERS)


def require_voucher(who: Principal) -> None:
    """Refuses who may not say that a file's words count as fact.

    Raises:
        NotAllowed: the principal has none of the roles.
    """
    if not may_vouch(who):
        raise NotAllowed(
            f"Only {' or '.join(sorted(VOUCHERS))} may vouch for files; your roles do not include that. "
            "Leave --vouch out: they are then remembered as what somebody else says."
        )
