"""Which packs are in force: kept, changed with the signatures that the packs demand, rolled back, not tricked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from countersign.policies.audit.log import AuditEvent
from countersign.policies.domain.canonical import compute_digest
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput, NotAllowed, Tampered
from countersign.policies.governance.editions import ADOPTED, Editions
from countersign.policies.governance.governance import Governance, open_governance
from countersign.policies.governance.pack_archive import PackArchive
from countersign.policies.review.review import Answer, AnswerType, Review
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.policy_set import PolicySet, dump_packs
from countersign.policies.storage.database import begin_write, open_database
from countersign.policies.testing.cases import run_cases
from databases import Databases
from sqlalchemy import text

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
TENANT = "acme"
OWNER = Principal("olga", TENANT, frozenset({"policy_owner"}))
OTHER = Principal("otto", TENANT, frozenset({"policy_owner"}))
KARL = Principal("karl", TENANT, frozenset({"controller"}))
MARA = Principal("mara", TENANT, frozenset({"clerk"}))
SIGNED = "changes: {reviewers: [policy_owner, controller]}"
PACK = """
pack: till
version: "1"
owner: policy_owner
description: A pack of the tests.
{more}
rules:
  - id: till.pay
    description: One rule.
    owner: policy_owner
    source: book#1
    tools: [pay.out]
    when: args.amount_minor <= {limit}
    effect: allow
    reason: Within the limit.
"""
APPROVE = Answer(AnswerType.APPROVE)


class House:
    """One installation, opened as often as one likes."""

    def __init__(self, url: str, folder: Path) -> None:
        self.engine = open_database(url)
        self.books: Governance = open_governance(self.engine, folder)
        self._folder = folder

    def packs(self, limit: int, more: str = "") -> PolicySet:
        """The packs on disk."""
        path = self._folder / "till.yaml"
        path.write_text(PACK.format(limit=limit, more=more))
        return load_packs([path])

    def editions(self) -> Editions:
        """As another process opens them."""
        return Editions(self.engine, self.books.audit, self.books.reviews, TENANT, lambda: NOW)

    def sign(self, review: Review | None, *people: Principal) -> None:
        """They approve, one after the other."""
        assert review is not None
        for place, who in enumerate(people):
            self.books.reviews.answer(review.review_id, who, APPROVE, NOW + timedelta(minutes=place))


@pytest.fixture
def house(tmp_path: Path, databases: Databases) -> Iterator[House]:
    opened = House(databases.url(tmp_path / "countersign.db"), tmp_path)
    yield opened
    opened.engine.dispose()


def test_without_signers_packs_on_disk_hold(house: House) -> None:
    """Whoever starts out edits a file and sees it work; the log says what held when."""
    first, second = house.packs(100), house.packs(200)
    assert house.editions().begin(first).revision == first.revision
    assert house.editions().begin(second).revision == second.revision
    assert house.editions().begin(second).revision == second.revision
    found = [(item.revision, item.state, item.by) for item in house.editions().list_editions()]
    assert found == [(first.revision, "former", "system"), (second.revision, "in force", "system")]
    told = list(house.books.audit.records(kind=ADOPTED))[-1].data["changes"]
    assert told == ["rule till.pay: when 'args.amount_minor <= 100' → 'args.amount_minor <= 200'"]
    assert house.editions().current.rules == second.rules


def test_a_folder_of_a_version_that_kept_no_packs_opens(house: House) -> None:
    """Its log names a revision and nothing else; the packs on disk come into force, as they did then."""
    old = AuditEvent("policy", "system", TENANT, body={"revision": "0123456789ab"})
    house.books.audit.append(old)
    assert house.editions().list_editions() == []
    packs = house.packs(100)
    assert house.editions().begin(packs).revision == packs.revision
    assert [item.state for item in house.editions().list_editions()] == ["in force"]
    house.books.audit.append(old)
    with pytest.raises(Tampered, match="forged"):
        house.editions().begin(packs)


def test_packs_with_signers_change_by_signatures_alone(house: House) -> None:
    """A file that somebody edited, or one that no longer asks for signatures, changes nothing."""
    first = house.packs(100, SIGNED)
    editions = house.editions()
    editions.begin(first)
    for sneaked in (house.packs(10**6, SIGNED), house.packs(10**6)):
        assert house.editions().begin(sneaked).revision == first.revision
    wanted = house.packs(200)
    review = editions.propose(wanted, OWNER)
    assert review is not None
    assert sorted(review.seats) == ["controller", "policy_owner"]
    assert editions.current.revision == first.revision
    for nobody in (OWNER, MARA):
        with pytest.raises(NotAllowed):
            house.sign(review, nobody)
    house.sign(review, KARL)
    assert house.editions().refresh().revision == first.revision, "one of two has signed"
    house.sign(review, OTHER)
    assert editions.refresh().revision == wanted.revision
    other = house.editions()
    assert other.refresh().revision == wanted.revision
    assert [item.state for item in other.list_editions()] == ["former", "in force"]
    assert other.list_editions()[-1].review_id == review.review_id
    house.books.audit.verify()


def test_a_rejected_change_can_be_proposed_again(house: House) -> None:
    """And is another review; the no to the first one stays."""
    editions = house.editions()
    editions.begin(house.packs(100, SIGNED))
    wanted = house.packs(200, SIGNED)
    first = editions.propose(wanted, OWNER)
    assert first is not None
    house.books.reviews.answer(first.review_id, KARL, Answer(AnswerType.REJECT, "too much"), NOW)
    assert editions.refresh().revision != wanted.revision
    assert editions.list_editions()[-1].state == "rejected"
    again = editions.propose(wanted, OWNER)
    assert again is not None
    assert again.review_id != first.review_id
    house.sign(again, KARL, OTHER)
    assert editions.refresh().revision == wanted.revision


def test_a_change_of_former_rules_is_overtaken(house: House) -> None:
    """Two changes were signed; the second was signed as a change of rules that no longer hold."""
    editions = house.editions()
    editions.begin(house.packs(100, SIGNED))
    one, other = house.packs(200, SIGNED), house.packs(300, SIGNED)
    first, second = editions.propose(one, OWNER), editions.propose(other, OWNER)
    house.sign(first, KARL, OTHER)
    assert editions.refresh().revision == one.revision
    house.sign(second, KARL, OTHER)
    assert editions.refresh().revision == one.revision


def test_rollback_is_a_change_too(house: House) -> None:
    """Back to what held before, with the signatures that what holds now demands; and it does not return by itself."""
    editions = house.editions()
    first = editions.begin(house.packs(100, SIGNED))
    wanted = house.packs(200, SIGNED)
    house.sign(editions.propose(wanted, OWNER), KARL, OTHER)
    editions.refresh()
    back = editions.rollback("", OWNER)
    assert editions.refresh().revision == wanted.revision
    house.sign(back, KARL, OTHER)
    for found in (editions, house.editions()):
        assert found.refresh().revision == first.revision
        assert found.begin(wanted).revision == first.revision
    with pytest.raises(BadInput, match="former revisions"):
        editions.rollback("000000000000", OWNER)


def test_rollback_without_signers_outlives_the_next_start(house: House) -> None:
    """The files on disk are still the newer ones; they do not creep back until somebody changes them."""
    first = house.packs(100)
    editions = house.editions()
    editions.begin(first)
    second = house.packs(200)
    editions.begin(second)
    assert editions.rollback("", OWNER) is None
    assert house.editions().begin(second).revision == first.revision
    third = house.packs(300)
    assert house.editions().begin(third).revision == third.revision


def test_only_owners_propose(house: House) -> None:
    """Everybody else is told whom to ask."""
    editions = house.editions()
    editions.begin(house.packs(100))
    with pytest.raises(NotAllowed, match="ask a policy owner"):
        editions.propose(house.packs(200), MARA)
    with pytest.raises(BadInput, match="in force already"):
        editions.propose(house.packs(100), OWNER)


@pytest.mark.parametrize("answer", [Answer(AnswerType.EDIT, args={"to": "x"}), Answer(AnswerType.RESPOND, "words")])
def test_a_change_is_signed_as_it_is(house: House, answer: Answer) -> None:
    """Nobody signs for other packs than those that were shown."""
    editions = house.editions()
    editions.begin(house.packs(100, SIGNED))
    review = editions.propose(house.packs(200, SIGNED), OWNER)
    assert review is not None
    with pytest.raises(BadInput, match="approve or reject"):
        house.books.reviews.answer(review.review_id, KARL, answer, NOW)


TRICKS = {
    "other contents": "UPDATE policy_editions SET content = replace(content, '<= 200', '<= 999') WHERE revision = :now",
    "contents gone": "DELETE FROM policy_editions WHERE revision = :now",
    "contents swapped": "UPDATE policy_editions SET content = (SELECT content FROM policy_editions "
    "WHERE revision = :was) WHERE revision = :now",
    "signatures gone": "DELETE FROM countersignatures WHERE :now <> :was",
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_packs_that_were_changed_in_the_database_are_refused(house: House, trick: str) -> None:
    """Whoever can write the database cannot write the rules."""
    editions = house.editions()
    first = editions.begin(house.packs(100, SIGNED))
    wanted = house.packs(200, SIGNED)
    house.sign(editions.propose(wanted, OWNER), KARL, OTHER)
    assert editions.refresh().revision == wanted.revision
    with begin_write(house.engine) as connection:
        given = {"now": wanted.revision, "was": first.revision}
        bound = {name: value for name, value in given.items() if f":{name}" in trick}
        assert connection.execute(text(trick), bound).rowcount > 0
    with pytest.raises(Tampered):
        house.editions().refresh()


@pytest.mark.parametrize("start", ["", "own", "laundered"])
def test_a_record_that_was_added_by_hand_puts_nothing_in_force(house: House, start: str) -> None:
    """What it says of the packs before it counts for nothing; nor does a second one on top of it."""
    editions = house.editions()
    first = editions.begin(house.packs(100, SIGNED))
    house.editions().propose(house.packs(200), OWNER)  # keeps the contents; nobody signs
    wanted, other = house.packs(200), house.packs(100)
    with begin_write(house.engine) as connection:
        PackArchive(house.engine).keep(connection, other, datetime.now(UTC))

    def forge(policy: PolicySet, before: str) -> None:
        body = {
            "revision": policy.revision,
            "digest": compute_digest(dump_packs(policy.packs, policy.fallback_reviewer)),
        }
        body |= {"from": before, "files": policy.revision}
        house.books.audit.append(AuditEvent(ADOPTED, "system", TENANT, body=body, subject=f"{ADOPTED}/{TENANT}"))

    if start == "laundered":  # two steps, of which only the first would need signatures
        forge(other, first.revision)
        forge(wanted, other.revision)
    else:
        forge(wanted, first.revision if start == "own" else "")
    for found in (editions, house.editions()):
        with pytest.raises(Tampered):
            found.refresh()


def test_a_record_that_was_changed_in_place_is_noticed(house: House) -> None:
    """Without asking for the whole chain: before the packs it speaks of are used."""
    house.editions().begin(house.packs(100, SIGNED))
    with begin_write(house.engine) as connection:
        change = "UPDATE audit_log SET actor = 'somebody' WHERE kind = 'policy'"
        assert connection.execute(text(change)).rowcount == 1
    with pytest.raises(Tampered):
        house.editions().refresh()


def test_the_default_packs_are_kept_whole(tmp_path: Path) -> None:
    """Every field of every rule must come back from the database as it went in."""
    house = House(f"sqlite:///{tmp_path / 'countersign.db'}", tmp_path)
    packs = load_packs()
    house.editions().begin(packs)
    kept = house.editions().current
    assert (kept.packs, kept.revision) == (packs.packs, packs.revision)
    assert not [result.case.name for result in run_cases(kept) if not result.passed], "a case lost what it says"
    house.engine.dispose()
