"""Key rotation replaces a private key and ends the former ones, on record for everybody who checks them.

The new key comes first. Whoever is stopped in between rotates again: every former key that still counts is revoked
then, so none is forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ..crypto.private_keys import KeyFolder
from ..crypto.public_keys import PublicKey
from ..crypto.signing import Signer
from ..domain.principal import Principal
from ..storage.database import begin_write
from .governance import Governance


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """The id of the new key, and of those that no longer count."""

    key_id: str
    revoked: tuple[str, ...]


def rotate_own_key(
    governance: Governance, folder: KeyFolder, who: Principal, reason: str, now: Callable[[], datetime]
) -> KeyRotation:
    """Replaces a principal's own key; what the former key signed stays valid.

    Raises:
        BadInput: no reason is given.
        StorageError: the new key or its record cannot be written.
    """
    signer = folder.rotate(who.tenant, who.user_id)
    return _revoke(governance, signer, ("principal", who.tenant, who.user_id), who, reason, now)


def rotate_system_key(
    governance: Governance, folder: KeyFolder, who: Principal, reason: str, now: Callable[[], datetime]
) -> KeyRotation:
    """Replaces the installation's key; what the former key signed stays valid.

    Raises:
        BadInput: no reason is given.
        StorageError: the new key or its record cannot be written.
    """
    return _revoke(governance, folder.rotate_system(), ("system", "", ""), who, reason, now)


def _revoke(
    governance: Governance,
    signer: Signer,
    owner: tuple[str, str, str],
    who: Principal,
    reason: str,
    now: Callable[[], datetime],
) -> KeyRotation:
    def former(key: PublicKey) -> bool:
        mine = (key.kind, key.tenant, key.user_id) == owner
        return mine and key.revoked_at is None and key.key_id != signer.key_id

    with begin_write(governance.engine, durable=True) as connection:
        # Under the write lock: whatever was signed with a former key is older than its end.
        at = now()
        ended = tuple(key.key_id for key in governance.ring.keys_in(connection) if former(key))
        events = [governance.ring.revoke_in(connection, key_id, reason, who.user_id, at) for key_id in ended]
        governance.audit.append_in(connection, *(replace(event, tenant=who.tenant) for event in events))
    return KeyRotation(signer.key_id, ended)
