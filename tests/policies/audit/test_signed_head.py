"""Signed heads: whoever cuts the log's end off, or writes it anew, is found out."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from countersign.policies.audit.chain import (
    GENESIS,
    AuditEvent,
    AuditRecord,
    audit_head,
    audit_log,
    hash_record,
    verify_chain,
)
from countersign.policies.audit.head_store import SignedHeadStore, read_anchor, table
from countersign.policies.audit.signed_head import SignedHead, check_head, compare_with_heads, load_head, sign_head
from countersign.policies.crypto.private_keys import KeyFolder
from countersign.policies.crypto.public_keys import KeySet, PublicKey
from countersign.policies.crypto.signing import KeySigner
from countersign.policies.errors import BadInput, Tampered
from countersign.policies.storage.database import begin_write
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_reviews import NOW, Desk
from sqlalchemy import delete, func, insert, select, update

CONTENT = ("seq", "at", "kind", "tenant", "thread", "run", "actor", "subject", "body")


def _fill(desk: Desk, count: int, sign_at: tuple[int, ...] = ()) -> None:
    for number in range(1, count + 1):
        with begin_write(desk.engine) as connection:
            desk.audit.append_in(connection, AuditEvent("note", "system", "acme", body={"number": number}))
            if number in sign_at:
                last = connection.execute(select(audit_head)).one()
                desk.heads.sign_head_in(connection, last.seq, last.hash, NOW.isoformat())


def _chain(desk: Desk) -> int:
    """What the chain says when nobody looks at signed heads."""
    with begin_write(desk.engine) as connection:
        row = connection.execute(select(audit_head)).one()
    return verify_chain(desk.audit.records(), (row.seq, row.hash))


def _verify(desk: Desk, *copies: object) -> int:
    return desk.audit.verify(*copies)  # type: ignore[arg-type]


def _cut(desk: Desk, left: int, *, heads_too: bool = False) -> None:
    """Removes the end of the log as somebody would who knows how it is made: the chain is whole again."""
    with begin_write(desk.engine) as connection:
        connection.execute(delete(audit_log).where(audit_log.c.seq > left))
        last = connection.execute(select(audit_log).where(audit_log.c.seq == left)).one()
        connection.execute(update(audit_head).values(seq=left, hash=last.hash))
        if heads_too:
            connection.execute(delete(table).where(table.c.seq > left))
            kept = select(func.coalesce(func.max(table.c.seq), 0)).scalar_subquery()
            connection.execute(update(audit_head).values(signed=kept))


def _rewrite(desk: Desk, seq: int) -> None:
    """Changes a record and computes every later hash anew, head included."""
    with begin_write(desk.engine) as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(audit_log).order_by(audit_log.c.seq))]
        previous = GENESIS
        for row in rows:
            if row["seq"] == seq:
                row["body"] = '{"number":"another"}'
            previous = row["hash"] = hash_record(previous, {name: row[name] for name in CONTENT})
        connection.execute(delete(audit_log))
        connection.execute(insert(audit_log), rows)
        connection.execute(update(audit_head).values(hash=previous))


def test_a_whole_log_passes(desk: Desk) -> None:
    """A false alarm would teach people to ignore alarms."""
    _fill(desk, 12, sign_at=(3, 7, 12))
    assert _verify(desk) == 12


@pytest.mark.parametrize("left", [1, 6, 7, 11])
def test_cutting_the_end_off_is_noticed(desk: Desk, left: int) -> None:
    """The chain alone is whole again after a cut; the signed head is what remembers."""
    _fill(desk, 12, sign_at=(3, 7, 12))
    _cut(desk, left)
    assert _chain(desk) == left, "the chain by itself does not see it"
    with pytest.raises(Tampered, match="removed from its end"):
        _verify(desk)


def test_cutting_heads_off_too_is_noticed_with_a_copy(desk: Desk, tmp_path: Path) -> None:
    """Whoever can write to the database can remove its heads; a copy elsewhere still tells."""
    _fill(desk, 12, sign_at=(3, 12))
    desk.heads.anchor(tmp_path / "anchor.json")
    copy = load_head(desk.heads.export_head())
    assert read_anchor(tmp_path / "anchor.json") == copy
    _cut(desk, 5, heads_too=True)
    assert _verify(desk) == 5
    with pytest.raises(Tampered, match="record 12"):
        _verify(desk, copy)


@pytest.mark.parametrize("seq", [1, 3, 4, 12])
def test_writing_the_log_anew_is_noticed(desk: Desk, seq: int) -> None:
    """The hashes need no secret, so anybody can compute a new chain; nobody can sign its head."""
    _fill(desk, 12, sign_at=(3, 12))
    _rewrite(desk, seq)
    assert _chain(desk) == 12
    with pytest.raises(Tampered, match="rewritten"):
        _verify(desk)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("seq", 11),
        ("seq", 13),
        ("hash", "0" * 64),
        ("at", "2026-03-04T09:31:00+00:00"),
        ("at", "soon"),
        ("key_id", "0" * 64),
        ("signature", "0" * 128),
        ("signature", ""),
    ],
)
def test_a_changed_head_is_noticed(desk: Desk, column: str, value: object) -> None:
    """Moving a head back would hide a cut."""
    _fill(desk, 12, sign_at=(12,))
    with begin_write(desk.engine) as connection:
        connection.execute(update(table).values({column: value}))
    with pytest.raises(Tampered):
        _verify(desk)


def test_a_strangers_head_is_noticed(desk: Desk, tmp_path: Path) -> None:
    """A head signed with a key of one's own making must not make a rewritten log good."""
    _fill(desk, 3)
    stranger = SignedHeadStore(desk.engine, KeyFolder(tmp_path / "stranger"))
    with begin_write(desk.engine) as connection:
        last = connection.execute(select(audit_head)).one()
        stranger.sign_head_in(connection, last.seq, last.hash, NOW.isoformat())
    with pytest.raises(Tampered, match="not a known key of the installation"):
        _verify(desk)


@settings(max_examples=40, deadline=None)
@given(length=st.integers(1, 12), signed=st.sets(st.integers(1, 12), max_size=5), left=st.integers(0, 12))
def test_watching_finds_every_head_beyond_the_end(length: int, signed: set[int], left: int) -> None:
    """For every length, set of heads and cut: noticed exactly when some head lies beyond what is left."""
    records = [AuditRecord(seq, "", "note", "", "", "", "", "", "{}", f"{seq:064x}") for seq in range(1, length + 1)]
    heads = [head_at(seq) for seq in signed if seq <= length]
    kept = records[:left]
    if all(head.seq <= left for head in heads):
        assert list(compare_with_heads(kept, heads, KEYS)) == kept
    else:
        with pytest.raises(Tampered, match="end"):
            list(compare_with_heads(kept, heads, KEYS))


SIGNER = KeySigner(Ed25519PrivateKey.from_private_bytes(bytes(32)))
KEYS = KeySet([PublicKey(SIGNER.key_id, "system", "", "", SIGNER.public_key().hex(), None)])


def head_at(seq: int) -> SignedHead:
    """A head at a record, signed with a key in memory."""
    return sign_head(seq, f"{seq:064x}", NOW.isoformat(), SIGNER)


def test_a_head_says_one_thing_only() -> None:
    """Each field is under the signature."""
    good = head_at(4)
    check_head(good, KEYS)
    for changed in (replace(good, seq=5), replace(good, hash="1" * 64), replace(good, at=NOW.isoformat() + "1")):
        with pytest.raises(Tampered):
            check_head(changed, KEYS)


def test_heads_are_due_by_number_kind_and_time(desk: Desk) -> None:
    """Too seldom leaves a long end unguarded, too often costs; two processes must not wait for each other."""
    heads = SignedHeadStore(desk.engine, desk.keys, every=10, seconds=1000)
    assert [seq for seq in range(1, 35) if heads.is_due(seq, seq, ["decision"])] == [10, 20, 30]
    assert heads.is_due(8, 12, ["decision"])
    assert not heads.is_due(11, 19, ["decision"])
    assert heads.is_due(3, 3, ["review.answered"])
    assert SignedHeadStore(desk.engine, desk.keys, every=10, seconds=0).is_due(3, 3, ["decision"])


def test_a_head_is_undone_with_its_records(desk: Desk) -> None:
    """A head that stays after a rollback would accuse an honest log."""
    _fill(desk, 3, sign_at=(3,))
    with suppress(RuntimeError), begin_write(desk.engine) as connection:
        desk.audit.append_in(connection, AuditEvent("note", "system", "acme"))
        last = connection.execute(select(audit_head)).one()
        desk.heads.sign_head_in(connection, last.seq, last.hash, NOW.isoformat())
        raise RuntimeError
    latest = desk.heads.read_latest()
    assert latest is not None
    assert latest.seq == 3
    assert _verify(desk) == 3


def test_an_anchor_never_goes_back(desk: Desk, tmp_path: Path) -> None:
    """After a cut the file must keep what it knows; damage to it must show."""
    anchor = tmp_path / "anchor.json"
    desk.heads.anchor(anchor)
    assert read_anchor(anchor) is None
    _fill(desk, 5, sign_at=(2, 5))
    desk.heads.anchor(anchor)
    assert anchor.stat().st_mode & 0o777 == 0o600
    _cut(desk, 3, heads_too=True)
    desk.heads.anchor(anchor)
    kept = read_anchor(anchor)
    assert kept is not None
    assert kept.seq == 5
    anchor.write_text("{}")
    with pytest.raises(Tampered, match="changed"):
        read_anchor(anchor)


def test_nothing_signed_nothing_exported(desk: Desk) -> None:
    """An empty file would look like a kept head."""
    with pytest.raises(BadInput, match="nothing to keep"):
        desk.heads.export_head()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seq": "1", "hash": "", "at": "", "key_id": "", "signature": ""}'])
def test_what_is_no_head_is_refused(text: str) -> None:
    """A file that is no head must not pass for one."""
    with pytest.raises(BadInput):
        load_head(text)


def test_verifying_makes_no_keys(tmp_path: Path) -> None:
    """`audit verify` on somebody's copy of a data folder must leave it as it is."""
    desk = Desk(tmp_path)
    desk.audit.append(AuditEvent("note", "system", "acme"))
    assert desk.audit.verify() == 1
    assert not (tmp_path / "keys").exists()
    desk.close()


@pytest.mark.parametrize("seq", [3, 7, 12])
def test_a_signed_head_that_was_taken_out_is_noticed(desk: Desk, seq: int) -> None:
    """Each names the one before it and the log names the last, so that a cut cannot be prepared head by head."""
    _fill(desk, 12, sign_at=(3, 7, 12))
    with begin_write(desk.engine) as connection:
        connection.execute(delete(table).where(table.c.seq == seq))
    with pytest.raises(Tampered, match="signed heads were removed"):
        _verify(desk)
