"""A signed head is a value that can be signed, checked, and compared with the log that it speaks of. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeVar

from ..crypto.public_keys import KeySet
from ..crypto.signing import Signer, sign_statement, verify_signature
from ..errors import BadInput, Tampered

STATEMENT = "head"


class ChainLink(Protocol):
    """A record of the chain, as far as heads speak of it."""

    @property
    def seq(self) -> int:
        """Its number, from 1."""
        ...

    @property
    def hash(self) -> str:
        """Its hash, which covers all records before it."""
        ...


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The installation's signed word that record ``seq`` had this hash at this time.

    Attributes:
        before: the record that the signed head before this one names, 0 for the first; so none can be taken out.
    """

    seq: int
    hash: str
    at: str
    before: int
    key_id: str
    signature: str

    def record(self) -> dict[str, Any]:
        """The head as plain JSON data."""
        return asdict(self)


def sign_head(seq: int, hash_: str, at: str, signer: Signer, before: int = 0) -> SignedHead:
    """Signs a head."""
    data = {"seq": seq, "hash": hash_, "at": at, "before": before, "key_id": signer.key_id}
    return SignedHead(**data, signature=sign_statement(signer, STATEMENT, data))  # type: ignore[arg-type]


def check_head(head: SignedHead, keys: KeySet) -> None:
    """Checks that the installation signed this head.

    Raises:
        Tampered: it did not, or its key no longer counted then.
    """
    what = f"The head of the audit log at record {head.seq}"
    key = keys.system(head.key_id, head.at, what)
    data = {name: value for name, value in head.record().items() if name != "signature"}
    if not verify_signature(key.raw, head.signature, STATEMENT, data):
        raise Tampered(f"{what} does not hold: it is not what was signed.")


RecordT = TypeVar("RecordT", bound=ChainLink)


def compare_with_heads(records: Iterable[RecordT], heads: Iterable[SignedHead], keys: KeySet) -> Iterator[RecordT]:
    """The records, passed on one by one while every signed head is compared with the record it names.

    Args:
        records: the whole log, oldest first.
        heads: all that are known, in any order; from the table, and copies that were kept elsewhere.
        keys: the installation's public keys.

    Raises:
        Tampered: a head is not signed by the installation, names a record that is not the one it signed, or lies
            beyond the end of the log.
    """
    known = sorted(heads, key=lambda head: head.seq, reverse=True)
    for head in known:
        check_head(head, keys)
    seq = 0
    for record in records:
        seq = record.seq
        while known and known[-1].seq <= seq:
            head = known.pop()
            if (head.seq, head.hash) != (seq, record.hash):
                raise Tampered(
                    f"Audit record {head.seq} is not the one whose hash was signed at {head.at}; the log was rewritten."
                )
        yield record
    if known:
        raise Tampered(
            f"The audit log ends at record {seq}, but its head was signed at record {known[0].seq} at {known[0].at}; "
            "records were removed from its end."
        )


def check_unbroken(heads: Iterable[SignedHead], last: int) -> None:
    """Checks that no signed head was taken out.

    Args:
        heads: all that were kept, oldest first.
        last: the record that the newest names, as the log's head remembers it; 0 when none was ever signed.

    Raises:
        Tampered: one is missing, or more are there than were signed.
    """
    before = 0
    for head in heads:
        if head.before != before:
            raise Tampered(
                f"The signed head at record {head.seq} follows one at record {head.before}, but the one before it is "
                f"at {before}; signed heads were removed or changed."
            )
        before = head.seq
    if before != last:
        raise Tampered(
            f"The last signed head is at record {before}, not at {last} as the log remembers; signed heads were "
            "removed or changed."
        )


def load_head(written: str) -> SignedHead:
    """The head that :meth:`.head_store.SignedHeadStore.export_head` wrote; its signature is checked where it is used.

    Raises:
        BadInput: the text is something else.
    """
    try:
        data = json.loads(written)
        head = SignedHead(**data)
    except (ValueError, TypeError):
        raise BadInput("This is not a signed head of an audit log; `countersign audit head` writes one.") from None
    if any(type(item) is not int for item in (head.seq, head.before)) or any(
        type(item) is not str for item in (head.hash, head.at, head.key_id)
    ):
        raise BadInput("This is not a signed head of an audit log; `countersign audit head` writes one.")
    return head
