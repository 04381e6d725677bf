"""Statements and public keys: what a signature is over, and until when a key counts."""

from datetime import timedelta

import pytest
from countersign.policies.crypto.public_keys import KeySet, PublicKey, export_keys, load_keys
from countersign.policies.crypto.signing import (
    KeySigner,
    build_statement,
    compute_key_id,
    sign_statement,
    verify_signature,
)
from countersign.policies.errors import BadInput, Tampered
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from signed_reviews import NOW

SIGNER = KeySigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
DATA = {"review_id": "REV-1", "at": "2026-03-04T09:30:00+00:00"}


def test_the_signed_bytes_are_these() -> None:
    """Another implementation must be able to check our signatures from the description alone."""
    assert build_statement("countersignature", DATA) == (
        b'countersign/v1/countersignature\n{"at":"2026-03-04T09:30:00+00:00","review_id":"REV-1"}'
    )


def test_a_signature_of_one_kind_is_none_of_another() -> None:
    """A head must never pass as somebody's approval."""
    signature = sign_statement(SIGNER, "head", DATA)
    assert verify_signature(SIGNER.public_key(), signature, "head", DATA)
    assert not verify_signature(SIGNER.public_key(), signature, "countersignature", DATA)


@given(place=st.integers(0, 127), digit=st.sampled_from("0123456789abcdefABCDEF g"))
def test_a_signature_has_one_spelling(place: int, digit: str) -> None:
    """A second spelling would be a second signature that nobody made."""
    signature = sign_statement(SIGNER, "head", DATA)
    changed = signature[:place] + digit + signature[place + 1 :]
    assert verify_signature(SIGNER.public_key(), changed, "head", DATA) == (changed == signature)
    for spelling in (signature + "\n", f" {signature}", signature.upper(), signature[:-2], ""):
        assert not verify_signature(SIGNER.public_key(), spelling, "head", DATA)


def _key(**fields: str | None) -> PublicKey:
    public = SIGNER.public_key()
    told = {"kind": "principal", "tenant": "acme", "user_id": "mara", "added_at": NOW.isoformat(), "revoked_at": None}
    return PublicKey(key_id=compute_key_id(public), public_key=public.hex(), **told | fields)  # type: ignore[arg-type]


def test_a_revoked_key_counts_until_then() -> None:
    """Else revoking would void good approvals, or stop no bad ones."""
    until = NOW + timedelta(days=1)
    keys = KeySet([_key(revoked_at=until.isoformat())])
    before, after = (NOW + timedelta(hours=1)).isoformat(), until.isoformat()
    assert keys.principal(SIGNER.key_id, "acme", "mara", before, "It")
    with pytest.raises(Tampered, match="revoked"):
        keys.principal(SIGNER.key_id, "acme", "mara", after, "It")
    with pytest.raises(Tampered, match="revoked"):
        keys.principal(SIGNER.key_id, "acme", "mara", before, "It", recorded_at=after)


@pytest.mark.parametrize(("tenant", "user"), [("acme2", "mara"), ("acme", "Mara"), ("", "")])
def test_a_key_signs_for_its_owner_only(tenant: str, user: str) -> None:
    """Any known key would otherwise do for anybody."""
    with pytest.raises(Tampered, match="not a known key"):
        KeySet([_key()]).principal(SIGNER.key_id, tenant, user, NOW.isoformat(), "It")


def test_a_principals_key_is_not_the_installations() -> None:
    """A reviewer could otherwise sign heads and receipts."""
    with pytest.raises(Tampered, match="installation"):
        KeySet([_key()]).system(SIGNER.key_id, NOW.isoformat(), "It")


def test_a_key_cannot_have_signed_before_it_was_there() -> None:
    """A signature dated back to before the key was added is forged."""
    early = (NOW - timedelta(hours=1)).isoformat()
    with pytest.raises(Tampered, match="added only"):
        KeySet([_key()]).principal(SIGNER.key_id, "acme", "mara", early, "It")


def test_keys_travel_in_a_file() -> None:
    """What is exported must be what the auditor loads."""
    keys = [_key(revoked_at=NOW.isoformat())]
    assert list(load_keys(export_keys(KeySet(keys)))) == keys


@pytest.mark.parametrize(
    "change",
    [
        ("countersign/v1/keys", "x"),
        ('"public_key": "', '"public_key": "ff'),
        ('"key_id": "', '"key_id": "0'),
        ("{", ""),
    ],
)
def test_a_damaged_key_file_is_refused(change: tuple[str, str]) -> None:
    """All trust rests on this file."""
    text = export_keys(KeySet([_key()])).replace(*change)
    with pytest.raises(BadInput):
        load_keys(text)


def test_a_key_under_another_keys_id_is_refused() -> None:
    """Such a key would answer for signatures of the other one."""
    text = export_keys(KeySet([_key()]))
    stranger = KeySigner(Ed25519PrivateKey.generate()).public_key().hex()
    with pytest.raises(BadInput, match="does not fit"):
        load_keys(text.replace(SIGNER.public_key().hex(), stranger))
