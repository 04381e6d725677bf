"""Calls that were changed after they were signed, brought from elsewhere, or made too large to be looked at."""

import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from clients import APPROVE, voucher
from countersign.graphs.assistant.session import AsyncAssistant
from countersign.policies.domain.decision import Verdict
from countersign.policies.domain.proposal import Proposal
from countersign.policies.errors import CountersignError
from countersign.policies.review.review import Review
from countersign.tools.outcome import Grant
from countersign.tools.registry.registry import Origin
from data_folder import MARA, TOM

MANY = 100_000


@pytest.fixture(scope="module")
def kept() -> dict[str, Review]:
    """The review that all attacks are about."""
    return {}


@pytest.fixture
async def signed(assistant: AsyncAssistant, fresh_orders: Iterator[str], kept: dict[str, Review]) -> Review:
    """A refund that was countersigned and has not run yet."""
    if not kept:
        turn = await assistant.send(f"refund order {next(fresh_orders)}", as_user=MARA, thread="signed")
        (kept["review"],) = turn.pending
        review_id = kept["review"].review_id
        assistant.services.reviews.answer(review_id, assistant.principal(TOM), APPROVE, assistant.services.now())
    return kept["review"]


def changed(proposal: Proposal, **args: Any) -> str:
    return json.dumps({**proposal.args, **args}, sort_keys=True, separators=(",", ":"))


def spelt(proposal: Proposal, how: str) -> str:
    """The arguments with the amount spelt in another way."""
    amount = str(proposal.args["amount_minor"])
    return proposal.arguments.replace(f":{amount},", f":{how.format(amount)},")


def twice(proposal: Proposal) -> str:
    """Canonical text with the amount given twice; the last one counts, and it is the one that was signed."""
    return '{"amount_minor":99999900,' + proposal.arguments[1:]


CHANGES: dict[str, Callable[[Proposal], dict[str, Any]]] = {
    "more": lambda it: {"arguments": changed(it, amount_minor=it.args["amount_minor"] + 1)},
    "less": lambda it: {"arguments": changed(it, amount_minor=1)},
    "another order": lambda it: {"arguments": changed(it, order_id="ORD-8841")},
    "a float": lambda it: {"arguments": spelt(it, "{}.0")},
    "an exponent": lambda it: {"arguments": spelt(it, "{}e0")},
    "a leading zero": lambda it: {"arguments": spelt(it, "0{}")},
    "a sign": lambda it: {"arguments": spelt(it, "-{}")},
    "a text": lambda it: {"arguments": changed(it, amount_minor=str(it.args["amount_minor"]))},
    "a boolean": lambda it: {"arguments": changed(it, amount_minor=True)},
    "given twice": lambda it: {"arguments": twice(it)},
    "another spelling": lambda it: {"arguments": it.arguments.replace(":", ": ")},
    "escapes": lambda it: {"arguments": it.arguments.replace("ORD", "\\u004fRD")},
    "one more argument": lambda it: {"arguments": changed(it, approved=True)},
    "no JSON": lambda it: {"arguments": it.arguments[:-1]},
    "a look-alike": lambda it: {"arguments": changed(it, order_id=it.args["order_id"].replace("O", "О"))},
    "a zero-width space": lambda it: {"arguments": changed(it, order_id=it.args["order_id"] + "\u200b")},
    "another tenant": lambda _: {"tenant": "another"},
    "another person": lambda _: {"user_id": TOM},
    "nobody": lambda _: {"user_id": ""},
    "another run": lambda _: {"run": "run-of-another"},
    "another thread": lambda _: {"thread": "halden-birch/tom.adler/default"},
    "another tool": lambda _: {"tool": "vouchers.issue"},
    "no tool": lambda _: {"tool": "refunds.issue\u200b"},
    "another version": lambda _: {"version": "2"},
    "other rules": lambda _: {"policy_revision": "0" * 64},
    "another agent": lambda _: {"agent": "playbook:refund"},
    "a plan": lambda it: {"planned": not it.planned},
    "no taint": lambda it: {"tainted": not it.tainted},
    "another source": lambda _: {"provenance": {"amount_minor": "trusted"}},
}  # fmt: skip


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_what_was_not_signed_does_not_run(assistant: AsyncAssistant, signed: Review, change: Any) -> None:
    """With the digest of the true call, with its own, and with no review at all: none of them covers another call."""
    true = signed.proposal
    forged = replace(true, **change(true))
    digests = {true.digest}
    with suppress(ValueError, CountersignError):  # what has no canonical form has no digest
        digests.add(forged.digest)
    for digest in digests:
        for review_id in (signed.review_id, ""):
            try:
                outcome = await assistant.services.registry.execute(forged, Grant(digest, review_id))
            except (ValueError, CountersignError):
                continue
            assert not outcome.ok


async def test_and_what_was_signed_does(assistant: AsyncAssistant, signed: Review) -> None:
    """The counterpart: the attacks above fail because they are attacks."""
    outcome = await assistant.services.registry.execute(
        signed.proposal, Grant(signed.proposal.digest, signed.review_id)
    )
    assert outcome.ok
    again = await assistant.services.registry.execute(signed.proposal, Grant(signed.proposal.digest, signed.review_id))
    assert (again.replayed, again.value) == (True, outcome.value)


def cycle() -> dict[str, Any]:
    found: dict[str, Any] = voucher(4000)
    found["reason"] = found
    return found


def deep(depth: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value} if depth % 2 else [value]
    return {**voucher(4000), "reason": value}


LARGE: dict[str, Callable[[], dict[Any, Any]]] = {
    "a megabyte of text": lambda: {**voucher(4000), "reason": "x" * 1_000_000},
    "a megabyte of what is no ASCII": lambda: {**voucher(4000), "reason": "\u202eﬃ\u0301" * 200_000},
    "a megabyte for a number": lambda: {**voucher(4000), "amount_minor": "9" * 1_000_000},
    "a number with a million bits": lambda: {**voucher(4000), "amount_minor": 1 << 1_000_000},
    "many keys": lambda: {**voucher(4000), **{f"k{at}": at for at in range(MANY)}},
    "many items": lambda: {**voucher(4000), "reason": [0] * MANY},
    "nested maps": lambda: deep(20_001),
    "nested lists": lambda: deep(20_000),
    "a circle": cycle,
    "keys that are no text": lambda: {**voucher(4000), 1: 1, None: 2, 3.5: 3},
    "a long key": lambda: {**voucher(4000), "k" * 1_000_000: 1},
}


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
async def test_what_is_too_large_is_refused_at_once(assistant: AsyncAssistant, make: Any) -> None:
    """Bounded time and memory, an answer in words, and no megabytes in the log, whoever proposes it."""
    registry, args = assistant.services.registry, make()
    origin = Origin(assistant.principal(MARA), "support", "thread", "run-large", frozenset({"vouchers.issue"}))
    tracemalloc.start()
    begun = time.monotonic()
    proposal = registry.propose("vouchers.issue", args, origin)
    decision = registry.decide(proposal)
    outcome = await registry.execute(proposal, Grant(proposal.digest))
    seconds, (_, most) = time.monotonic() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (decision.verdict, outcome.ok) == (Verdict.DENY, False)
    assert seconds < 5
    assert most < 30_000_000
    assert len(" ".join(decision.reasons)) < 2_000
    newest = list(assistant.services.audit.records(run="run-large"))[-2:]
    assert sum(len(json.dumps(record.data)) for record in newest) < 100_000
