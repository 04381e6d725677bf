"""Rate limits: as many as there is room for, over threads and processes, on both kinds of database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clocks import StoppedClock
from countersign.policies.audit.log import AuditLog
from countersign.policies.domain.decision import Decision, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.engine.explanation import explain_decision
from countersign.policies.errors import PolicyError
from countersign.policies.limits.rate_limiter import LIMITED, RateLimiter
from countersign.policies.rules.evidence import Facts
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.rate_limit import LimitSubject, check_playbooks
from countersign.policies.storage.database import open_database
from databases import Databases
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from process_group import run_together

HITTING = Path(__file__).parents[2] / "support" / "limit_process.py"
HEAD = """
pack: house
version: "1"
owner: boss
description: The limits of one test.
rules:
  - {id: house.all, description: Everything., owner: boss, source: book#1, tools: ["*"], effect: allow, reason: Fine.}
limits:
"""
LIMIT = "  - {{id: house.{name}, owner: boss, source: book#2, reason: Too much., {rest}}}\n"
MARA = Principal("mara.voss", "acme", teams=frozenset({"support", "night"}))
TOM = Principal("tom.adler", "acme", teams=frozenset({"support"}))
ELSE = Principal("mara.voss", "other")
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(NOON)


@pytest.fixture
def rates(databases: Databases, tmp_path: Path, clock: StoppedClock) -> Callable[..., RateLimiter]:
    """Makes the counts under limits such as ``user="per: user, rate: 2/minute"``."""

    def make(**limits: str) -> RateLimiter:
        pack = tmp_path / "counts.yaml"
        pack.write_text(HEAD + "".join(LIMIT.format(name=name, rest=rest) for name, rest in limits.items()))
        policy = load_packs([pack])
        engine = databases.open(tmp_path / "counts.db")
        return RateLimiter(engine, lambda: policy, AuditLog(engine), clock)

    return make


def say(rates: RateLimiter, who: Principal, mark: str) -> str:
    return rates.refusal(LimitSubject.MESSAGE, "", who, mark)[0]


def test_a_window_moves_and_says_when_there_is_room(rates: Callable[..., RateLimiter], clock: StoppedClock) -> None:
    """A person must learn when to come back, and must then be let in: a hit counts for exactly its span."""
    counts = rates(user="per: user, rate: 2/minute")
    assert [say(counts, MARA, "a"), say(counts, MARA, "b")] == ["", ""]
    clock.now += timedelta(seconds=20)
    limit, words = counts.refusal(LimitSubject.MESSAGE, "", MARA, "c")
    assert limit == "house.user"
    assert words == (
        "Too much. At most 2 per minute for each user (book#2). Please try again in 40 seconds, at 12:01:00 UTC. "
        "Nothing was done."
    )
    assert say(counts, TOM, "d") == "", "another person's count is their own"
    assert say(counts, ELSE, "e") == "", "another tenant's too"
    clock.now += timedelta(seconds=39)
    assert say(counts, MARA, "c") == "house.user"
    clock.now += timedelta(seconds=1)
    assert say(counts, MARA, "c") == ""


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        ("1/second", "in 1 second, at 12:00:01 UTC"),
        ("1/hour", "in 60 minutes, at 13:00:00 UTC"),
        ("1/day", "in 24 hours, at 17 March, 12:00:00 UTC"),
    ],
)
def test_a_long_wait_is_told_in_words_that_people_use(rates: Callable[..., RateLimiter], rate: str, said: str) -> None:
    """A time of tomorrow that reads like one of today sends people back too early."""
    counts = rates(user=f"per: user, rate: {rate}")
    say(counts, MARA, "a")
    assert f"Please try again {said}." in counts.refusal(LimitSubject.MESSAGE, "", MARA, "b")[1]


def test_an_auditor_learns_whose_number_it_is(tmp_path: Path) -> None:
    """A call that a limit held back must lead to its owner and handbook section, as one that a rule denied."""
    pack = tmp_path / "told.yaml"
    pack.write_text(HEAD + LIMIT.format(name="told", rest='per: user, rate: 3/day, tools: ["orders.*"]'))
    proposal = Proposal("orders.get", "1", "{}", "case", "mara.voss", "acme", "t", "r", "")
    decision = Decision(Verdict.DENY, ("house.told",), ("Too much.",), proposal.digest, "")
    told = explain_decision(load_packs([pack]), decision, proposal, Facts(MARA, None, {}, NOON)).rules
    assert [(rule.owner, rule.section, rule.condition) for rule in told] == [("boss", "book#2", "3/day per user")]


def test_a_limit_on_no_playbook_is_refused(tmp_path: Path) -> None:
    """A limit that speaks of a playbook by a wrong name would never hold anybody back."""
    pack = tmp_path / "slip.yaml"
    pack.write_text(HEAD + LIMIT.format(name="slip", rest='per: user, rate: 3/day, playbooks: ["contract*", refnd]'))
    limits = load_packs([pack]).limits.values()
    with pytest.raises(PolicyError, match=r"house\.slip counts starts of 'refnd'.* did you mean 'refund'\?"):
        check_playbooks(limits, ["contract_review", "refund"])
    check_playbooks(limits, ["contract_review", "refnd"])


def test_the_same_thing_counts_once(rates: Callable[..., RateLimiter]) -> None:
    """A step that is made again after a crash must not use up what its person has left."""
    counts = rates(user="per: user, rate: 1/hour")
    assert [say(counts, MARA, "run-1"), say(counts, MARA, "run-1"), say(counts, MARA, "run-2")] == [
        "",
        "",
        "house.user",
    ]


def test_a_limit_that_is_reached_uses_up_no_other(rates: Callable[..., RateLimiter]) -> None:
    """Somebody who is over their own limit must not take the team's room away with each try."""
    counts = rates(team="per: team, rate: 3/hour", user="per: user, rate: 1/hour")
    assert [say(counts, MARA, str(number)) for number in range(9)] == ["", *["house.user"] * 8]
    assert say(counts, TOM, "t") == ""
    sven, nina = (Principal(name, "acme", teams=frozenset({"support"})) for name in ("sven", "nina"))
    assert [say(counts, sven, "s"), say(counts, nina, "n")] == ["", "house.team"]


def test_tools_and_playbooks_are_counted_apart(rates: Callable[..., RateLimiter]) -> None:
    """A limit on one tool must stop neither the others nor messages."""
    counts = rates(
        one='per: tool, tools: ["refunds.*"], rate: 1/day',
        book="per: playbook, playbooks: [refund], rate: 1/day",
    )

    def hit(counted: LimitSubject, name: str, mark: str) -> str:
        return counts.refusal(counted, name, MARA, mark)[0]

    assert [hit(LimitSubject.TOOL, "refunds.issue", mark) for mark in "ab"] == ["", "house.one"]
    assert hit(LimitSubject.TOOL, "refunds.quote", "c") == "", "each tool has its own count"
    assert hit(LimitSubject.TOOL, "orders.get", "d") == hit(LimitSubject.MESSAGE, "", "e") == ""
    assert [hit(LimitSubject.PLAYBOOK, "refund", mark) for mark in "fg"] == ["", "house.book"]


def test_what_was_held_back_is_on_record(
    databases: Databases, tmp_path: Path, rates: Callable[..., RateLimiter]
) -> None:
    """An auditor must see who was held back, by which limit, and until when."""
    counts = rates(whole="per: tenant, rate: 1/day")
    say(counts, MARA, "a")
    counts.refusal(LimitSubject.MESSAGE, "", TOM, "b", thread="acme/tom.adler/x", run="run-9")
    [record] = AuditLog(databases.open(tmp_path / "counts.db")).records(kind=LIMITED)
    assert (record.actor, record.run) == ("user:tom.adler", "run-9")
    assert record.data["limit"] == "house.whole"
    assert record.data["until"] == (NOON + timedelta(days=1)).isoformat()


@pytest.mark.parametrize("processes", [1, 2])
def test_exactly_so_many_get_through_at_once(databases: Databases, tmp_path: Path, processes: int) -> None:
    """A hundred at once over threads and processes: one too many is a limit that does not hold."""
    databases.url(tmp_path / "race.db")
    open_database(databases.url(tmp_path / "race.db")).dispose()
    limit = LIMIT.format(name="user", rest="per: user, rate: 37/day")
    (tmp_path / "race.yaml").write_text(HEAD + limit)
    words = [str(HITTING), str(tmp_path / "race.db"), "hit", str(100 // processes)]
    got = [int(said) for said in run_together([[*words, f"p{number}"] for number in range(processes)])]
    assert sum(got) == 37, got


def test_the_library_may_use_the_storage_by_its_name(databases: Databases, tmp_path: Path) -> None:
    """The storage must keep the library's promises also where its own calls are used, from threads."""
    from countersign.policies.limits.rate_storage import SCHEME

    engine = databases.open(tmp_path / "named.db")
    limiter = MovingWindowRateLimiter(storage_from_string(f"{SCHEME}://", engine=engine))  # type: ignore[arg-type]
    item = parse("7/hour")
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: limiter.hit(item, "one"), range(20))) == 7
    assert limiter.get_window_stats(item, "one").remaining == 0
    assert not limiter.test(item, "one")
    assert limiter.test(item, "two", cost=7)
    assert not limiter.hit(item, "two", cost=8)
    limiter.clear(item, "one")
    assert limiter.hit(item, "one")
    storage = limiter.storage
    assert storage.check()
    assert [storage.incr("plain", 60), storage.incr("plain", 60, 2), storage.get("plain")] == [1, 3, 3]
    assert storage.reset() == 4
    assert storage.get("plain") == 0


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("per: user, rate: 60/fortnight", "cannot be used as rate"),
        ("per: tool, rate: 1/day", "names none; add tools"),
        ("per: user, rat: 1/day", "did you mean 'rate'?"),
        ("per: usr, rate: 1/day", "unknown per 'usr'"),
        ("per: user, rate: 1/day, tools: [refund.isue]", "did you mean 'refunds.issue'?"),
    ],
)
def test_a_limit_that_cannot_be_used_is_named(tmp_path: Path, rest: str, said: str) -> None:
    """A limit with a slip of the pen that is silently dropped is no limit."""
    pack = tmp_path / "slip.yaml"
    pack.write_text(HEAD + LIMIT.format(name="slip", rest=rest))
    with pytest.raises(PolicyError, match=r"slip\.yaml:9:") as error:
        load_packs([pack], tools=["refunds.issue"])
    assert said in str(error.value)
