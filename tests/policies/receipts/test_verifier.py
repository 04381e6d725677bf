"""Receipts: checked with the file and public keys alone; whatever is changed in one is noticed."""

import copy
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.audit.log import hash_record
from countersign.policies.crypto.private_keys import KeyFolder
from countersign.policies.crypto.public_keys import KeySet, export_keys, load_keys
from countersign.policies.crypto.signing import sign_statement
from countersign.policies.domain.canonical import canonicalize, compute_digest
from countersign.policies.errors import BadInput, CountersignError, Tampered
from countersign.policies.receipts.schema import format_receipt
from countersign.policies.receipts.verifier import verify_receipt
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_reviews import BEN, CARA, MARA, NOW, Desk

SEATS = ("support_manager", "controller")
RESULT = {"refund_id": "RF-1", "amount_minor": 48_000}


class Sample:
    """One approved and executed review with two seats; its receipt, its keys, and its desk."""

    def __init__(self, home: Path) -> None:
        self.desk = Desk(home)
        review = self.desk.open(seats=SEATS)
        self.desk.open(49_000)
        self.desk.answer(review, BEN)
        self.desk.answer(review, CARA)
        effect = self.desk.run(review, RESULT)
        self.text = self.desk.receipts.issue(review.review_id, effect, NOW)
        self.keys = load_keys(export_keys(self.desk.ring.public_keys()))
        self.system = KeyFolder(home / "keys").system()

    def resealed(self, record: dict[str, Any]) -> str:
        """The record as somebody would seal it who has the installation's key, but no reviewer's."""
        rest = {name: value for name, value in record.items() if name != "seal"}
        seal = {"key_id": self.system.key_id, "signature": sign_statement(self.system, "receipt", rest)}
        return format_receipt(rest | {"seal": seal})


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    made = Sample(tmp_path_factory.mktemp("sample"))
    yield made
    made.desk.close()


def test_a_good_receipt_says_what_happened(sample: Sample) -> None:
    """An auditor must learn who let what happen, and how it ended."""
    found = verify_receipt(sample.text, sample.keys)
    assert (found.tool, found.requester, str(found.state), found.effect) == (
        "refunds.issue",
        MARA.user_id,
        "approved",
        "succeeded",
    )
    assert [(user, role) for user, role, _, _ in found.signers] == list(
        zip(("ben.ito", "cara.lund"), SEATS, strict=True)
    )
    assert json.loads(sample.text)["effect"]["result_digest"] == compute_digest(RESULT)
    assert "RF-1" not in sample.text, "the result itself may hold what the reader must not see"


def test_no_key_is_taken_from_the_receipt(sample: Sample) -> None:
    """A forger would put his own keys in."""
    with pytest.raises(Tampered, match="not a known key"):
        verify_receipt(sample.text, KeySet([]))
    for missing in sample.keys:
        with pytest.raises(Tampered, match="not a known key"):
            verify_receipt(sample.text, KeySet(key for key in sample.keys if key != missing))


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*path, key))
    else:
        yield path


def _at(record: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        record = record[key]
    return record


def _changed(record: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    made = copy.deepcopy(record)
    _at(made, path[:-1])[path[-1]] = change(_at(record, path))
    return made


def _other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case None:
            return "x"
        case str():
            flipped = "0" if value[-1:] != "0" else "1"
            return value[:-1] + flipped
        case _:
            return ["x"] if isinstance(value, list) else {"x": "x"}


def test_every_leaf_is_guarded(sample: Sample) -> None:
    """One field that could be changed unnoticed is enough for a forgery."""
    record = json.loads(sample.text)
    paths = list(_leaves(record))
    assert len(paths) > 100
    for path in paths:
        with pytest.raises(Tampered):
            verify_receipt(json.dumps(_changed(record, path, _other)), sample.keys)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**45), 10**45) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_change_anywhere_is_noticed(sample: Sample, data: st.DataObject) -> None:
    """Other values, other types, fields removed, added, doubled or swapped: never accepted, never a crash."""
    record = json.loads(sample.text)
    made = copy.deepcopy(record)
    path = data.draw(st.sampled_from(list(_leaves(record))))
    path = path[: data.draw(st.integers(1, len(path)))]
    holder, key = _at(made, path[:-1]), path[-1]
    match data.draw(st.sampled_from(["set", "remove", "add", "swap"])):
        case "set":
            holder[key] = data.draw(JSON)
        case "remove":
            del holder[key]
        case "add" if isinstance(holder, dict):
            holder[data.draw(st.text(max_size=8))] = data.draw(JSON)
        case "add":
            holder.insert(data.draw(st.integers(0, len(holder))), copy.deepcopy(holder[key]))
        case "swap":
            other = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
            holder[key], holder[other] = holder[other], holder[key]
    if canonicalize(made) == canonicalize(record) if _recordable(made) else False:
        return
    with pytest.raises(Tampered):
        verify_receipt(json.dumps(made), sample.keys)


def _recordable(value: Any) -> bool:
    try:
        canonicalize(value)
    except BadInput:
        return False
    return True


SIGNED_BY_PEOPLE = [
    ("digest",),
    ("proposal", "args", "amount_minor"),
    ("proposal", "user_id"),
    ("proposal", "thread"),
    ("decision", "reasons", 0),
    ("decision", "policy_revision"),
    ("decision", "seats", 0),
    ("review", "review_id"),
    ("review", "requester"),
    ("review", "requester_human"),
    ("review", "closed_at"),
    ("review", "message"),
    ("review", "summary"),
    ("review", "edited_args"),
    ("countersignatures", 0, "user_id"),
    ("countersignatures", 0, "human"),
    ("countersignatures", 0, "role"),
    ("countersignatures", 0, "at"),
    ("countersignatures", 0, "type"),
    ("countersignatures", 0, "message"),
    ("countersignatures", 0, "args_before"),
    ("countersignatures", 0, "args_after"),
    ("countersignatures", 0, "public_key"),
    ("countersignatures", 0, "key_id"),
    ("countersignatures", 0, "signature"),
    ("audit", 0, "hash"),
    ("audit", 0, "previous"),
    ("audit", 0, "at"),
    ("audit", 0, "content", "actor"),
    ("audit", 0, "content", "body"),
    ("effect", "state"),
    ("effect", "grant"),
    ("effect", "started_at"),
    ("effect", "result_digest"),
    ("head", "seq"),
    ("head", "signature"),
]


@pytest.mark.parametrize("path", SIGNED_BY_PEOPLE, ids=lambda path: ".".join(map(str, path)))
def test_the_installations_key_alone_forges_nothing(sample: Sample, path: tuple[Any, ...]) -> None:
    """Whoever runs the server can seal anything, but not make people have signed it."""
    record = json.loads(sample.text)
    change = (lambda _: None) if path in (("effect", "started_at"), ("effect", "result_digest")) else _other
    with pytest.raises(Tampered):
        verify_receipt(sample.resealed(_changed(record, path, change)), sample.keys)


def test_a_seat_cannot_be_dropped_by_who_has_the_installations_key(sample: Sample) -> None:
    """An approval of one where two were needed must not pass, however well the rest is made up."""
    record = json.loads(sample.text)
    verify_receipt(sample.resealed(record), sample.keys)
    del record["countersignatures"][1]
    record["review"]["closed_at"] = record["countersignatures"][0]["at"]
    answered = [item for item in record["audit"] if item["kind"] == "review.answered"]
    record["audit"].remove(answered[1])
    with pytest.raises(Tampered, match="do not say"):
        verify_receipt(sample.resealed(record), sample.keys)


def test_made_up_audit_records_do_not_fit_the_signed_head(desk: Desk) -> None:
    """The last record is the one whose hash the head signed."""
    review = desk.open()
    desk.answer(review, BEN)
    sample = Sample.__new__(Sample)
    sample.system = desk.keys.system()  # type: ignore[assignment]
    text = desk.receipts.issue(review.review_id, None, NOW)
    record = json.loads(text)
    last = record["audit"][-1]
    last["content"]["actor"] = "somebody"
    content = {name: last[name] for name in ("seq", "at", "kind")} | last["content"] | {"subject": record["digest"]}
    last["hash"] = hash_record(last["previous"], content)
    with pytest.raises(Tampered, match="does not cover"):
        verify_receipt(sample.resealed(record), desk.ring.public_keys())


def test_a_key_revoked_before_the_answer_was_written_down_does_not_count(sample: Sample) -> None:
    """A thief of a revoked key can claim any time, but the log wrote down when the answer came."""
    written = json.loads(sample.text)["audit"][1]["at"]
    keys = [replace(key, revoked_at=written) if key.user_id == BEN.user_id else key for key in sample.keys]
    with pytest.raises(Tampered, match="revoked"):
        verify_receipt(sample.text, KeySet(keys))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '{"a": 1, "a": 1}',
        '{"a": 1.0}',
        '{"a": NaN}',
        "[" * 100_000,
        "\ud800",
        '{"a":' + "9" * 5000 + "}",
    ],
    ids=range(10),
)
def test_what_is_no_receipt_is_refused_without_a_trace(sample: Sample, text: str) -> None:
    """A checker that crashes on a bad file can be made to crash."""
    with pytest.raises(CountersignError):
        verify_receipt(text, sample.keys)


def test_checking_needs_neither_network_nor_database(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline means offline."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the checker went outside")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr("sqlalchemy.create_engine", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    assert verify_receipt(sample.text.encode(), sample.keys).effect == "succeeded"
