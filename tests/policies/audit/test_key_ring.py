"""The key ring: rows are added and never changed, and only this installation can add one."""

from datetime import timedelta
from pathlib import Path

import pytest
from countersign.policies.audit.key_ring import KeyRing, table
from countersign.policies.crypto.private_keys import KeyFolder
from countersign.policies.crypto.signing import KeySigner
from countersign.policies.errors import BadInput, NotAllowed, Tampered
from countersign.policies.review.review import ReviewState
from countersign.policies.storage.database import begin_write
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_reviews import BEN, NOW, Desk
from sqlalchemy import delete, update


def _add(desk: Desk) -> str:
    signer = desk.keys.signer("acme", "ben.ito")
    with begin_write(desk.engine) as connection:
        events = desk.ring.add_in(connection, signer, "acme", "ben.ito", NOW)
        assert [event.kind for event in events] == ["key.added"]
        assert desk.ring.add_in(connection, signer, "acme", "ben.ito", NOW) == ()
    return signer.key_id


def test_a_key_is_added_once_and_known_to_all(desk: Desk, tmp_path: Path) -> None:
    """Another process must accept what this one signed."""
    key_id = _add(desk)
    found = KeyRing(desk.engine, KeyFolder(tmp_path / "keys")).public_keys().get(key_id)
    assert found is not None
    assert (found.tenant, found.user_id, found.added_at, found.revoked_at) == (
        "acme",
        "ben.ito",
        NOW.isoformat(),
        None,
    )
    assert {key.kind for key in desk.ring.public_keys()} == {"principal", "system"}


def test_a_rotated_key_still_verifies_what_it_signed_before(desk: Desk) -> None:
    """Changing keys must not void yesterday's approvals; the old key must not make tomorrow's."""
    review = desk.open()
    old = desk.answer(review, BEN)
    later = NOW + timedelta(days=1)
    with begin_write(desk.engine) as connection:
        event = desk.ring.revoke_in(connection, old.key_id, "rotated", "ben.ito", later)
    assert event.kind == "key.revoked"
    with pytest.raises(NotAllowed, match="keys rotate"):
        desk.answer(desk.open(50_000), BEN, now=later)
    desk.keys.rotate("acme", "ben.ito")  # type: ignore[attr-defined]
    new = desk.answer(desk.open(52_000), BEN, now=later)
    assert new.key_id != old.key_id
    desk.signatures.read(review.review_id)


def test_a_clock_that_was_put_back_signs_nothing(desk: Desk) -> None:
    """An answer dated before its key counts for nothing, and its review could never be answered again."""
    desk.answer(desk.open(), BEN)
    review = desk.open(50_000)
    with pytest.raises(NotAllowed, match="Set the clock right"):
        desk.answer(review, BEN, now=NOW - timedelta(hours=3))
    assert desk.reviews.get(review.review_id).state is ReviewState.OPEN
    assert desk.answer(review, BEN).signature.user_id == "ben.ito"


def test_revoking_needs_a_known_key_and_a_reason(desk: Desk) -> None:
    """A revocation without a reason helps nobody, a second one would move the date."""
    key_id = _add(desk)
    for wrong, reason in (("0" * 64, "lost"), (key_id, " ")):
        with begin_write(desk.engine) as connection, pytest.raises(BadInput):
            desk.ring.revoke_in(connection, wrong, reason, "olga", NOW)
    with begin_write(desk.engine) as connection:
        desk.ring.revoke_in(connection, key_id, "lost", "olga", NOW)
        with pytest.raises(BadInput, match="already"):
            desk.ring.revoke_in(connection, key_id, "lost", "olga", NOW + timedelta(days=1))


def test_one_key_cannot_sign_for_two(desk: Desk) -> None:
    """A shared token would make two seats one person."""
    _add(desk)
    with begin_write(desk.engine) as connection, pytest.raises(Tampered, match="somebody else's"):
        desk.ring.add_in(connection, desk.keys.signer("acme", "ben.ito"), "acme", "cara.lund", NOW)


def test_a_signer_must_own_the_key_it_names(desk: Desk) -> None:
    """A port that names another's key id would put its signatures under that one."""

    class Liar(KeySigner):
        @property
        def key_id(self) -> str:
            return "0" * 64

    with begin_write(desk.engine) as connection, pytest.raises(Tampered, match="not its own"):
        desk.ring.add_in(connection, Liar(Ed25519PrivateKey.generate()), "acme", "ben.ito", NOW)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("key_id", "0" * 64),
        ("happened", "revoked"),
        ("kind", "system"),
        ("tenant", "other"),
        ("user_id", "cara.lund"),
        ("public_key", "ab" * 32),
        ("at", "2020-01-01T00:00:00+00:00"),
        ("reason", "x"),
        ("signed_by", "0" * 64),
        ("signature", "0" * 128),
    ],
)
def test_a_changed_row_is_noticed(desk: Desk, column: str, value: str) -> None:
    """Write access to the database alone must not turn a stranger's key into a reviewer's."""
    _add(desk)
    with begin_write(desk.engine) as connection:
        connection.execute(update(table).values({column: value}))
    with pytest.raises(Tampered):
        desk.ring.public_keys()


def test_another_installations_row_is_noticed(desk: Desk, tmp_path: Path) -> None:
    """A key that was added with somebody else's system key was not added here."""
    stranger = KeyFolder(tmp_path / "stranger")
    theirs = KeyRing(desk.engine, stranger)
    with begin_write(desk.engine) as connection:
        theirs.add_in(connection, stranger.signer("acme", "ben.ito"), "acme", "ben.ito", NOW)
    with pytest.raises(Tampered, match="without this installation's signature"):
        desk.ring.public_keys()


def test_a_removed_key_ends_its_signatures(desk: Desk) -> None:
    """What cannot be checked must not pass."""
    review = desk.open()
    desk.answer(review, BEN)
    with begin_write(desk.engine) as connection:
        connection.execute(delete(table))
    with pytest.raises(Tampered, match="not a known key"):
        desk.signatures.read(review.review_id)
