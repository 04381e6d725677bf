"""A pilot lifts the reviews that it names, for its person, up to its limit and its last day, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from countersign.policies.domain.decision import Verdict
from countersign.policies.engine.engine import decide
from countersign.policies.errors import PolicyError
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.pack import PackCase, PackCasePrincipal
from countersign.policies.rules.policy_set import PolicySet
from countersign.policies.testing.cases import build_situation

BASE = """
pack: shop
version: "1"
owner: boss
description: A shop.
guardian: boss
rules:
  - {id: shop.small, description: small ones, owner: boss, source: book#1, tools: [pay.out], roles: [clerk],
     when: args.amount_minor <= 100, effect: allow, reason: small}
  - {id: shop.large, description: large ones, owner: boss, source: book#1, tools: [pay.out], roles: [clerk],
     when: args.amount_minor > 100, effect: review, reviewers: [boss], reason: large}
  - {id: shop.fraud, description: fraud, owner: boss, source: book#1, tools: [pay.out],
     when: scores.fraud >= 90, effect: review, reviewers: [boss], reason: fraud}
  - {id: shop.final, description: final, owner: boss, source: book#1, tools: [pay.back], final: true,
     effect: review, reviewers: [boss], reason: final}
  - {id: shop.never, description: never, owner: boss, source: book#1, tools: [pay.out],
     when: args.amount_minor == 666, effect: deny, reason: never}
"""
PILOT = """
pack: pilot
version: "1"
owner: boss
description: A pilot.
pilot: {until: 2026-03-31}
extends: [shop]
history:
  pilot_paid: {tools: [pay.out], same: user, within: day, sum: args.amount_minor}
rules:
  - {id: pilot.pay, description: small ones, owner: boss, source: book#1, tools: [pay.out], roles: [clerk],
     when: principal.user_id == "ana" && args.amount_minor + history.pilot_paid <= 700, effect: allow,
     lifts: [shop.large], reason: pilot}
"""


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., PolicySet]:
    """Loads both packs, with changes in the text of the pilot's."""

    def load_changed(**changes: str) -> PolicySet:
        text = PILOT
        for old, new in changes.items():
            place = {"until": "2026-03-31", "lifts": "[shop.large]", "roles": "roles: [clerk],\n     when: principal"}
            text = text.replace(place.get(old, old), new)
        (tmp_path / "shop.yaml").write_text(BASE, encoding="utf-8")
        (tmp_path / "pilot.yaml").write_text(text, encoding="utf-8")
        return load_packs([tmp_path])

    return load_changed


def judge(
    policy: PolicySet,
    amount: int,
    *,
    user: str = "ana",
    roles: tuple[str, ...] = ("clerk",),
    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC),
    paid: int = 0,
    fraud: int = 0,
    tainted: bool = False,
) -> tuple[str, tuple[str, ...]]:
    """What is decided about a payment, and by which rules."""
    case = PackCase(
        name="one payment",
        tool="pay.out",
        principal=PackCasePrincipal(user=user, roles=roles),
        args={"amount_minor": amount},
        scores={"fraud": fraud},
        history={"pilot_paid": paid},
        critical=("amount_minor",),
        provenance={"amount_minor": "untrusted" if tainted else "user"},
        tainted=tainted,
        expect=Verdict.ALLOW,
    )
    found = decide(policy, *build_situation(policy, case, now=at))
    return str(found.verdict), found.rules


def test_small_acts_of_its_person_go_and_all_others_wait(load: Callable[..., PolicySet]) -> None:
    """What the pilot does not name must be as its owner wrote it."""
    policy = load()
    assert judge(policy, 700) == ("allow", ("pilot.pay",))
    assert judge(policy, 701) == ("review", ("shop.large",))
    assert judge(policy, 500, paid=201) == ("review", ("shop.large",)), "a sum that was cut up is one sum"
    assert judge(policy, 500, user="ben") == ("review", ("shop.large",))
    assert judge(policy, 100) == ("allow", ("shop.small",)), "what was allowed before is no act of the pilot"


def test_it_ends_with_its_last_day(load: Callable[..., PolicySet]) -> None:
    """A pilot that nobody ends would become the rule."""
    policy = load()
    assert judge(policy, 500, at=datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC))[0] == "allow"
    assert judge(policy, 500, at=datetime(2026, 4, 1, tzinfo=UTC)) == ("review", ("shop.large",))


def test_it_lifts_no_denial_no_score_and_no_doubt(load: Callable[..., PolicySet]) -> None:
    """These are not about who signs."""
    policy = load()
    assert judge(policy, 666) == ("deny", ("shop.never",))
    assert judge(policy, 500, fraud=95) == ("review", ("shop.fraud",))
    verdict, rules = judge(policy, 500, tainted=True)
    assert verdict == "review"
    assert any(rule.startswith("builtin.") for rule in rules)


def test_who_may_not_do_it_at_all_may_not_in_a_pilot(load: Callable[..., PolicySet]) -> None:
    """A lifted review gives nobody a right that its rule did not give."""
    assert judge(load(), 500, roles=("guest",))[0] == "deny"
    with pytest.raises(PolicyError, match="speaks of the roles clerk alone"):
        load(**{"roles": "when: principal"})
    with pytest.raises(PolicyError, match="speaks of the roles clerk alone"):
        load(**{"roles": "roles: [clerk, guest],\n     when: principal"})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"lifts": "[shop.lagre]"}, "not in force; did you mean 'shop.large'"),
        ({"lifts": "[shop.final]"}, "shop.final is final"),
        ({"lifts": "[shop.small]"}, "asks for no review"),
        ({"lifts": "[shop.fraud]"}, "trained model"),
        ({"extends: [shop]\n": ""}, "add shop to extends"),
        ({"effect: allow,\n     lifts": "effect: deny,\n     lifts"}, "its effect must be allow"),
        ({"pilot: {until: 2026-03-31}\n": ""}, "is one of a pilot"),
        ({"pilot: {until: 2026-03-31}": "pilot: {}"}, "until"),
        ({"id: pilot.pay": "id: other.pay"}, "must be called pilot."),
    ],
)
def test_what_a_pilot_cannot_be_is_refused(
    load: Callable[..., PolicySet], change: dict[str, str], problem: str
) -> None:
    """Half a pilot would allow what nobody meant, or show a receipt that does not say so."""
    with pytest.raises(PolicyError, match=problem):
        load(**change)
