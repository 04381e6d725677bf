"""A change of the packs in force becomes a question to people: a review like any other. Pure.

Who must sign is written in the packs that are in force, not in those that are proposed; so nobody can propose away the
need to ask.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from ..domain.canonical import canonicalize, compute_digest
from ..domain.decision import Decision, Obligations, Priority, Verdict
from ..domain.principal import Principal
from ..domain.proposal import Proposal
from ..domain.templates import format_money
from ..rules.budget import Budget
from ..rules.pack import Pack
from ..rules.policy_set import SHORT_REVISION, PolicySet
from ..rules.rate_limit import RateLimit
from ..rules.rule import Rule

ADOPT_TOOL = "policy.adopt"
"""The name under which people are asked; no registry holds a tool of this name, so no agent can propose it."""
POLICY_CHANGE_RULE = "builtin.policy_change"
POLICY_THREAD = "policy"
DEADLINE = timedelta(days=7)
MAX_LINES = 60
_LONGEST = 200


def list_change_seats(policy: PolicySet) -> tuple[str, ...]:
    """The roles that must sign a change of these packs; none when no pack asks for it.

    A change of any pack changes what the others mean, so each pack's signers are asked, a role as often as the pack
    that asks most for it.
    """
    most: Counter[str] = Counter()
    for pack in policy.packs:
        if pack.changes is not None:
            most |= Counter(pack.changes.reviewers)
    return tuple(sorted(most.elements()))


def may_propose(policy: PolicySet, principal: Principal) -> bool:
    """Whether this person may propose other packs: the owner of a pack or rule in force, or one of the signers."""
    owners = {pack.owner for pack in policy.packs} | {rule.owner for rule in policy.rules}
    return not principal.roles.isdisjoint(owners | set(list_change_seats(policy)))


def build_adopt_proposal(now_in_force: PolicySet, wanted: PolicySet, who: Principal, number: int) -> Proposal:
    """The proposal that these packs come into force.

    Args:
        number: how many changes there were before; the same change may be proposed again after it was rejected.
    """
    lines = list(describe_differences(now_in_force, wanted))
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"… and {len(lines) - MAX_LINES} more"]
    args = {"from": now_in_force.revision, "to": wanted.revision, "changes": lines, "number": number}
    return Proposal(
        tool=ADOPT_TOOL,
        version="1",
        arguments=canonicalize(args),
        agent="people",
        user_id=who.user_id,
        tenant=who.tenant,
        thread=POLICY_THREAD,
        run=f"policy-{number}-{wanted.revision}",
        policy_revision=now_in_force.revision,
    )


def build_adopt_decision(policy: PolicySet, proposal: Proposal) -> Decision:
    """The decision that the change waits for the signers whom the packs in force name."""
    guarded = [pack for pack in policy.packs if pack.changes is not None]
    deadline = min((pack.changes.deadline for pack in guarded if pack.changes), default=DEADLINE)
    owner = guarded[0].owner if guarded else ""
    duties = Obligations(seats=list_change_seats(policy), deadline=deadline, owner=owner, priority=Priority.HIGH)
    names = ", ".join(pack.pack for pack in guarded)
    reason = f"The written rules would change from {policy.revision}; the packs {names} ask for signatures to that."
    return Decision(
        Verdict.REVIEW, (POLICY_CHANGE_RULE,), (reason,), proposal.digest, policy.revision, obligations=duties
    )


def describe_differences(before: PolicySet, after: PolicySet) -> Iterator[str]:
    """What differs between two sets of packs, one line for each pack, limit, budget and rule.

    Whatever decides is named: who signs a change must not sign one that the lines leave out.
    """
    old, new = ({pack.pack: pack for pack in policy.packs} for policy in (before, after))
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield f"pack {name} is removed"
        elif name not in old:
            yield f"pack {name} {new[name].version} is added"
        elif old[name].changes != new[name].changes:
            yield f"pack {name}: who signs a change of it"
        if name in old and name in new:
            for field in sorted(Pack.model_fields.keys() - _TOLD_ELSEWHERE):
                if getattr(old[name], field) != getattr(new[name], field):
                    yield f"pack {name}: {field} {_format_field(old[name], field)} → {_format_field(new[name], field)}"
    for kind, items in _NAMED.items():
        yield from _describe_changes(kind, items(before), items(after))


_TOLD_ELSEWHERE = frozenset(
    {"pack", "version", "description", "changes", "rules", "tables", "limits", "budgets", "cases"}
)
_NAMED: Mapping[str, Callable[[PolicySet], Mapping[str, Rule | RateLimit | Budget]]] = {
    "limit": lambda policy: {item.id: item for pack in policy.packs for item in pack.limits},
    "budget": lambda policy: {item.id: item for pack in policy.packs for item in pack.budgets},
    "rule": lambda policy: {item.id: item for item in policy.rules},
}


def _describe_changes(
    kind: str, was: Mapping[str, Rule | RateLimit | Budget], will: Mapping[str, Rule | RateLimit | Budget]
) -> Iterator[str]:
    for name in sorted(was.keys() | will.keys()):
        if name not in will:
            yield f"{kind} {name} ({_gist(was[name])}) is removed"
        elif name not in was:
            yield f"{kind} {name} ({_gist(will[name])}) is added"
        elif was[name] != will[name]:
            one, other = was[name].model_dump(mode="json"), will[name].model_dump(mode="json")
            parts = [f"{key} {one[key]!r} → {other[key]!r}" for key in one if one[key] != other[key]]
            yield f"{kind} {name}: {'; '.join(parts)}"


def _gist(item: Rule | RateLimit | Budget) -> str:
    match item:
        case RateLimit():
            return f"{item.rate} per {item.per}"
        case Budget():
            return f"{format_money(item.amount_minor, item.currency)} per {item.per} and {item.window}"
        case _:
            return str(item.effect)


def _format_field(pack: Pack, field: str) -> str:
    text = canonicalize(pack.model_dump(mode="json", include={field}, exclude_defaults=True).get(field))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({compute_digest(text)[:SHORT_REVISION]})"
