"""Permissions fail closed: whoever has none of the roles reaches only what is their own."""

from ...policies.audit.readers import READER_ROLES, may_read_all
from ...policies.domain.principal import Principal
from ...policies.errors import NotAllowed

KEY_KEEPER_ROLES = frozenset({"it_admin"})
VOUCHER_ROLES = frozenset({"policy_owner"})
ERASER_ROLES = frozenset({"policy_owner", "it_admin"})


def require_reader(reader: Principal, what: str) -> None:
    """Refuses who may not read what others did.

    Raises:
        NotAllowed: the principal has none of the roles.
    """
    if not may_read_all(reader):
        raise NotAllowed(f"Only {' or '.join(sorted(READER_ROLES))} may {what}; your roles do not include that.")


def require_key_keeper(who: Principal) -> None:
    """Refuses who may not replace the installation's key.

    Raises:
        NotAllowed: the principal has none of the roles.
    """
    if not who.roles & KEY_KEEPER_ROLES:
        raise NotAllowed(
            f"Only {' or '.join(sorted(KEY_KEEPER_ROLES))} may replace the installation's key; "
            "your roles do not include that."
        )


def may_erase_others(who: Principal) -> bool:
    """Whether this principal decides about what others noted, also about themselves."""
    return bool(who.roles & ERASER_ROLES)


def require_eraser(who: Principal, subject: str, what: str = "erase") -> None:
    """Refuses who may not erase, or hand out; everybody may do it with what is about themselves.

    Raises:
        NotAllowed: the principal has none of the roles.
    """
    if subject != who.user_id and not may_erase_others(who):
        raise NotAllowed(
            f"Only {' or '.join(sorted(ERASER_ROLES))} may {what} what is not about themselves; "
            "your roles do not include that."
        )


def require_source_eraser(who: Principal, source: str) -> None:
    """Refuses who may not erase a source; everybody may erase the files that they brought and
    what they told the assistant to remember.

    Raises:
        NotAllowed: the source is another's, and the principal has none of the roles.
    """
    from ...graphs.nodes.notes import make_notes_prefix
    from ...memory.ingest.sources import make_own_prefix

    if not (who.user_id and source.startswith((make_own_prefix(who.user_id), make_notes_prefix(who.user_id)))):
        require_eraser(who, "")


def may_vouch(who: Principal) -> bool:
    """Whether this principal may say what counts as the company's word."""
    return bool(who.roles & VOUCHER_ROLES)


def require_voucher(who: Principal) -> None:
    """Refuses who may not say that a file's words count as fact.

    Raises:
        NotAllowed: the principal has none of the roles.
    """
    if not may_vouch(who):
        raise NotAllowed(
            f"Only {' or '.join(sorted(VOUCHER_ROLES))} may vouch for files; your roles do not include that. "
            "Leave --vouch out: they are then remembered as what somebody else says."
        )
