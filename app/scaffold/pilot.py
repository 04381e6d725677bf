"""The pilot writer sets up a house with one person, and says which small acts go there without a countersignature."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from ...graphs.extensions.pilot import PACK_FILE, PEOPLE_FILE, PILOT_FOLDER
from ...policies.domain.decision import Verdict
from ...policies.domain.templates import format_money
from ...policies.errors import BadInput, StorageError
from ...policies.rules.pack import PILOT_PREFIX, Pack, PackCase
from ...policies.rules.policy_set import PolicySet, assemble_policy_set, compile_condition
from ...policies.rules.rule import Rule, RuleEffect
from ...policies.testing.cases import resolve_cases, run_case
from ...tools.connectors.people_file import PERSON_ID

LONGEST_DAYS = 180
"""A pilot that lasts longer is no pilot."""
OWNER = "policy_owner"
_AMOUNT = re.compile(r"args\.[a-z_]*_minor")


@dataclass(frozen=True, slots=True)
class PilotPlan:
    """What a pilot is to be.

    Attributes:
        limit_minor: how much each tool may move in a day (UTC) without a countersignature, in minor units.
        until: the last day (UTC) on which it may.
    """

    user_id: str
    name: str
    roles: tuple[str, ...]
    limit_minor: int
    until: date


@dataclass(frozen=True, slots=True)
class WrittenPilot:
    """What was set up.

    Attributes:
        lifted: by tool, the rules whose review is spared within the limit.
    """

    folder: Path
    lifted: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Allowance:
    """One tool with an amount, and the reviews by amount that the pilot spares it."""

    tool: str
    amount: str
    roles: tuple[str, ...]
    rules: tuple[Rule, ...]

    @property
    def name(self) -> str:
        return "pilot_" + self.tool.replace(".", "_")


def write_pilot(
    home: Path, plan: PilotPlan, policy: PolicySet, views: Mapping[str, Mapping[str, Any]], today: date
) -> WrittenPilot:
    """Writes the files of a pilot into a data folder that has not been used, all of them or none.

    Args:
        policy: the packs that there are; a pilot only spares what they put to review by an amount.
        views: what rules may see of each tool, by name.

    Raises:
        BadInput: the plan cannot be followed, or the folder was used before.
        StorageError: the folder cannot be written.
    """
    _check_plan(plan, policy, today)
    target = home / PILOT_FOLDER
    if target.exists():
        raise BadInput(f"{target} exists already; nothing was written. Name another data folder with --home.")
    found = list(_find_allowances(plan, policy))
    pack, allowances = _fit(plan, policy, views, found)
    people = {"people": [{"id": plan.user_id, "name": plan.name, "roles": list(plan.roles)}]}
    try:
        home.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".pilot.", dir=home))
        try:
            _write(part / PEOPLE_FILE, _ABOUT_PEOPLE, people)
            _write(part / PACK_FILE, _ABOUT_PACK, pack)
            part.rename(target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}. Check the folder's permissions.") from error
    return WrittenPilot(target, {item.tool: tuple(rule.id for rule in item.rules) for item in allowances})


_ABOUT_PEOPLE = """\
# Who works here. Add a second person, and what waits for a countersignature can be answered.
# A second account of the same human being is no second person: give it `human:` and the id of the first.
"""
_ABOUT_PACK = """\
# What this pilot may do without a countersignature. Its receipts say "pilot: not countersigned".
# `lifts` names the reviews that are spared; beyond the limit and the last day, these rules hold as they were written.
"""


def _write(path: Path, about: str, content: Mapping[str, Any]) -> None:
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
    path.write_text(about + text, encoding="utf-8")


def _check_plan(plan: PilotPlan, policy: PolicySet, today: date) -> None:
    if not re.fullmatch(PERSON_ID, plan.user_id):
        raise BadInput(
            f"{plan.user_id!r} is no user id; write lower-case letters, digits and . _ -, such as ana.sousa."
        )
    known = {role for pack in policy.packs for rule in pack.every_rule for role in rule.roles}
    unknown = sorted(set(plan.roles) - known)
    if unknown or not plan.roles:
        what = f"No rule speaks of the role {unknown[0]!r}" if unknown else "A person needs a role"
        raise BadInput(f"{what}; roles are: {', '.join(sorted(known))}.")
    if plan.limit_minor <= 0:
        raise BadInput("The limit must be above zero, such as --limit 250.")
    if not today <= plan.until <= today + timedelta(days=LONGEST_DAYS):
        raise BadInput(
            f"The last day must be from {today} to {today + timedelta(days=LONGEST_DAYS)}; {plan.until} is not."
        )


def _find_allowances(plan: PilotPlan, policy: PolicySet) -> Iterator[_Allowance]:
    """By tool, the reviews that rules ask for by the amount alone: not by the past, by a score or by a record."""
    grouped: dict[tuple[str, str, tuple[str, ...]], list[Rule]] = {}
    for rule in policy.rules:
        roles = tuple(sorted(set(plan.roles) & set(rule.roles)))
        if rule.effect is not RuleEffect.REVIEW or rule.final or not rule.tools or (rule.roles and not roles):
            continue
        condition = compile_condition(rule)
        paths = condition.paths if condition else ()
        if len(paths) != 1 or not _AMOUNT.fullmatch(paths[0]) or rule.agents:
            continue
        for tool in rule.tools:
            if "*" not in tool:
                grouped.setdefault((tool, paths[0], roles), []).append(rule)
    for (tool, amount, roles), rules in sorted(grouped.items()):
        yield _Allowance(tool, amount, roles, tuple(rules))


def _fit(
    plan: PilotPlan, policy: PolicySet, views: Mapping[str, Mapping[str, Any]], found: Sequence[_Allowance]
) -> tuple[dict[str, Any], list[_Allowance]]:
    """The pack with those reviews that the limit reaches at all, and cases that show it."""
    kept: list[_Allowance] = []
    cases: list[dict[str, Any]] = []
    for item in found:
        reached = []
        for rule in item.rules:
            alone = replace(item, rules=(rule,))
            shown = _show(plan, _assemble(plan, policy, [alone]), views, alone)
            if shown is not None:
                reached.append(rule)
                cases += shown
        if reached:
            kept.append(replace(item, rules=tuple(reached)))
    if not kept:
        raise BadInput(
            f"Up to {format_money(plan.limit_minor)} no rule for {', '.join(plan.roles)} asks for a countersignature "
            "by an amount, so a pilot would change nothing; choose another limit (--limit) or roles (--role)."
        )
    pack = _make_pack(plan, policy, kept)
    return pack | {"cases": cases}, kept


def _assemble(plan: PilotPlan, policy: PolicySet, items: Sequence[_Allowance]) -> PolicySet:
    pack = Pack.model_validate_json(json.dumps(_make_pack(plan, policy, items)))
    return assemble_policy_set([*policy.packs, pack], fallback_reviewer=policy.fallback_reviewer)


def _make_pack(plan: PilotPlan, policy: PolicySet, items: Sequence[_Allowance]) -> dict[str, Any]:
    packs = {rule.id: pack.pack for pack in policy.packs for rule in pack.every_rule}
    limit = format_money(plan.limit_minor)
    return {
        "pack": "pilot",
        "version": "1",
        "owner": OWNER,
        "description": f"One person tries Countersign alone, up to {limit} a day and tool, until {plan.until}.",
        "pilot": {"until": plan.until.isoformat()},
        "extends": sorted({packs[rule.id] for item in items for rule in item.rules}),
        "history": {
            item.name: {"tools": [item.tool], "same": "user", "within": "day", "sum": item.amount} for item in items
        },
        "rules": [_make_rule(plan, item, limit) for item in items],
    }


def _make_rule(plan: PilotPlan, item: _Allowance, limit: str) -> dict[str, Any]:
    return {
        "id": PILOT_PREFIX + item.tool,
        "tags": [f"threshold:{item.rules[0].owner.partition('_')[0]}"],
        "description": f"During the pilot, up to {limit} a day need no countersignature.",
        "owner": OWNER,
        "source": item.rules[0].source,
        "tools": [item.tool],
        **({"roles": list(item.roles)} if item.roles else {}),
        "when": f'principal.user_id == "{plan.user_id}" && {item.amount} + history.{item.name} <= {plan.limit_minor}',
        "effect": "allow",
        "lifts": [rule.id for rule in item.rules],
        "reason": f"Pilot until {plan.until}: with {{{item.amount}:money}}, today stays within {limit}; nobody "
        "countersigned.",
    }


def _show(
    plan: PilotPlan,
    policy: PolicySet,
    views: Mapping[str, Mapping[str, Any]],
    item: _Allowance,
) -> list[dict[str, Any]] | None:
    """Cases at and above the limit, made from one that the rule's own pack has; None when the limit does not reach it.

    Args:
        item: with that rule alone. Without such a case it is spared without showing it.
    """
    rule = item.rules[0]
    pack = next(pack for pack in policy.packs if rule.id in {own.id for own in pack.every_rule})
    base = next((case for case in resolve_cases(pack) if case.rules == (rule.id,) and case.tool == item.tool), None)
    if base is None:
        return []
    field = item.amount.removeprefix("args.")
    who = {"user": plan.user_id, "roles": list(plan.roles)}
    reached = min(plan.limit_minor, int(base.args[field]))
    for amount in (plan.limit_minor, reached):
        within = _vary(base, f"{rule.id}: within the pilot", who, field, amount)
        found = run_case(policy, "pilot", within, views).decision
        if found.verdict is Verdict.ALLOW and PILOT_PREFIX + item.tool in found.rules:
            break
    else:
        return None
    above = _vary(base, f"{rule.id}: above the limit of the pilot", who, field, plan.limit_minor + 1)
    other = _vary(base, f"{rule.id}: somebody else", {"user": "somebody.else", "roles": who["roles"]}, field, amount)
    shown = [_describe(within, found.verdict, found.rules)]
    for case in (above, other):
        decision = run_case(policy, "pilot", case, views).decision
        shown.append(_describe(case, decision.verdict, decision.rules))
    return shown


def _vary(base: PackCase, name: str, principal: Mapping[str, Any], field: str, amount: int) -> PackCase:
    return base.model_copy(
        update={
            "name": name,
            "like": "",
            "overrides": "",
            "principal": base.principal.model_copy(update=dict(principal) | {"roles": tuple(principal["roles"])}),
            "args": {**base.args, field: amount},
            "seats": None,
        }
    )


def _describe(case: PackCase, verdict: Verdict, rules: Sequence[str]) -> dict[str, Any]:
    told = case.model_dump(mode="json", exclude_defaults=True)
    return told | {"expect": str(verdict), "rules": list(rules)}
