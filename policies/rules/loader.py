"""The loader reads packs from YAML; whatever is wrong is said with file, line, column and what to do."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rapidfuzz import process

from ..domain.templates import check_template
from ..errors import PolicyError
from ..filters.masking_rules import DisplayRule, FilterRules, RawTool, ReplyRules
from .budget import Budget
from .decision_table import DecisionTable, TableRow
from .evidence import REASON_FIELDS
from .expressions import ExpressionError
from .history import History
from .model_scores import ADOPT_MODEL_TOOL
from .pack import ChangeApproval, Pack, PackCase, PackCasePrincipal, PilotTerms
from .policy_set import FALLBACK_REVIEWER, PolicySet, assemble_policy_set, compile_condition
from .rate_limit import RateLimit
from .rule import Rule, RuleEffect
from .yaml import YamlNode, make_policy_error, read_yaml

DEFAULT_PACKS = Path(__file__).parents[1] / "packs"
MAX_PROBLEMS = 10
_MODELS: Mapping[str, type[Any]] = {
    "rules": Rule,
    "cases": PackCase,
    "principal": PackCasePrincipal,
    "tables": DecisionTable,
    "history": History,
    "rows": TableRow,
    "changes": ChangeApproval,
    "pilot": PilotTerms,
    "filters": FilterRules,
    "raw": RawTool,
    "show": DisplayRule,
    "output": ReplyRules,
    "limits": RateLimit,
    "budgets": Budget,
}


def load_packs(
    paths: Iterable[Path] | None = None,
    *,
    tools: Collection[str] | None = None,
    fallback_reviewer: str = FALLBACK_REVIEWER,
) -> PolicySet:
    """Loads packs and makes them ready to decide.

    Args:
        paths: files, or folders whose ``*.yaml`` and ``*.yml`` are read; the default packs when ``None``.
        tools: names of the registered tools; when given, a rule that speaks of none of them is an error.
        fallback_reviewer: the role that reviews when neither a rule nor a pack names one.

    Raises:
        PolicyError: something cannot be read or used; up to ten problems, one a line, as ``file:line:column: …``.
    """
    packs = read_packs(paths if paths is not None else [DEFAULT_PACKS], tools=tools)
    return assemble_policy_set(packs, fallback_reviewer=fallback_reviewer)


def load_over(policy: PolicySet, paths: Iterable[Path], *, tools: Collection[str] | None = None) -> PolicySet:
    """Puts other packs in the place of those that are in force.

    A file replaces the pack of its name, or is added; a folder replaces all packs.

    Raises:
        PolicyError: as for :func:`load_packs`.
    """
    paths = list(paths)
    kept = {} if any(path.is_dir() for path in paths) else {pack.pack: pack for pack in policy.packs}
    given = {pack.pack: pack for pack in read_packs(paths, tools=tools)}
    return assemble_policy_set((kept | given).values(), fallback_reviewer=policy.fallback_reviewer)


def read_packs(paths: Iterable[Path], *, tools: Collection[str] | None = None) -> list[Pack]:
    """The packs in files and folders, each checked by itself.

    Raises:
        PolicyError: as for :func:`load_packs`.
    """
    files = list(_files(paths))
    tools = None if tools is None else {*tools, ADOPT_MODEL_TOOL}
    if not files:
        raise PolicyError("No policy packs were found, and without rules everything is denied. Name a file or folder.")
    problems: list[str] = []
    packs: list[Pack] = []
    seen: dict[str, str] = {}
    names: dict[str, Path] = {}
    read: list[tuple[Path, Pack, YamlNode]] = []
    for file in files:
        try:
            pack, tree = read_pack(file)
        except PolicyError as error:
            problems.append(str(error))
            continue
        problems += [str(problem) for problem in _check(file, pack, tree, seen, tools)]
        if pack.pack in names:
            line, column = tree.place(["pack"])
            message = f"the pack {pack.pack!r} is also in {names[pack.pack]}; rename one."
            problems.append(str(make_policy_error(file, line, column, message)))
        names[pack.pack] = file
        packs.append(pack)
        read.append((file, pack, tree))
    problems += [str(problem) for problem in _unknown_histories(read)]
    if problems:
        raise PolicyError(_format_problems(problems))
    return packs


def read_pack(file: Path) -> tuple[Pack, YamlNode]:
    """One pack and its YAML tree; conditions are not compiled yet.

    Raises:
        PolicyError: with file, line, column and what to do.
    """
    tree = read_yaml(file)
    if not isinstance(tree.value, dict):
        raise make_policy_error(file, tree.line, tree.column, "a pack is a mapping; begin with `pack: name`.")
    try:
        return Pack.model_validate_json(json.dumps(tree.to_plain())), tree
    except ValidationError as error:
        found = error.errors()
        # A list whose items are all wrong also counts as too short; the items say enough.
        told = [item for item in found if item["type"] != "too_short"] or found
        raise PolicyError(_format_problems([str(_explain(file, tree, item)) for item in told])) from error


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(found for found in path.iterdir() if found.suffix in (".yaml", ".yml"))
        elif path.exists():
            yield path
        else:
            raise PolicyError(f"{path}: there is no such policy pack or folder. Check the path.")


def _format_problems(problems: list[str]) -> str:
    more = len(problems) - MAX_PROBLEMS
    return "\n".join(problems[:MAX_PROBLEMS] + ([f"… and {more} more."] if more > 0 else []))


def _check(
    file: Path, pack: Pack, tree: YamlNode, seen: dict[str, str], tools: Collection[str] | None
) -> Iterable[PolicyError]:
    """What pydantic cannot know: conditions, templates, known tools, ids across files, cases."""
    for path, rule in _list_placed_rules(pack):
        line, column = tree.place((*path, "id"))
        if rule.id in seen:
            yield make_policy_error(
                file, line, column, f"the rule id {rule.id!r} is already used at {seen[rule.id]}; rename one."
            )
        seen.setdefault(rule.id, f"{file}:{line}")
        try:
            compile_condition(rule)
        except ExpressionError as error:
            yield _condition_problem(file, tree.find((*path, "when")), rule, error)
        try:
            check_template(rule.reason, REASON_FIELDS)
        except PolicyError as error:
            yield make_policy_error(file, *tree.place((*path, "reason")), f"the reason of {rule.id}: {error}.")
        if tools is not None:
            yield from _unknown_tools(file, tree, path[:2], rule, tools)
    yield from _check_limits(file, pack, tree, seen, tools)
    for number, raw in enumerate(pack.filters.raw if tools is not None else ()):
        for place, pattern in enumerate(raw.tools):
            # A value that is let through to no tool at all is a slip, and one to a misspelt tool a dangerous one.
            if not any(fnmatchcase(name, pattern) for name in tools or ()):
                where = tree.place(("filters", "raw", number, "tools", place))
                yield make_policy_error(
                    file, *where, f"no tool is called {pattern!r}{_suggestion(pattern, tools or ()) or '.'}"
                )
    yield from _check_cases(file, pack, tree)


def _unknown_histories(read: Sequence[tuple[Path, Pack, YamlNode]]) -> Iterable[PolicyError]:
    """Conditions that ask for what no pack declares."""
    known = {name for _, pack, _ in read for name in pack.history}
    for file, pack, tree in read:
        for path, rule in _list_placed_rules(pack):
            for name in sorted({found.split(".")[1] for found in _find_asked_histories(rule)} - known):
                place = tree.place((*path, "when"))
                yield make_policy_error(
                    file, *place, f"no history is called {name!r}{_suggestion(name, known)}; declare it."
                )


def _find_asked_histories(rule: Rule) -> Iterable[str]:
    try:
        condition = compile_condition(rule)
    except ExpressionError:
        return ()  # said before
    return [path for path in condition.paths if path.startswith("history.")] if condition else ()


def _condition_problem(file: Path, node: YamlNode | None, rule: Rule, error: ExpressionError) -> PolicyError:
    line, column = (node.line, node.column) if node else (1, 1)
    if node and node.style == "|":
        line += error.line  # a block's text begins on the line below its mark
    elif node and "\n" not in rule.when and node.style != ">":
        column += error.column - 1 + (1 if node.style else 0)
    where = f"(in `when`: line {error.line}, column {error.column})"
    return make_policy_error(file, line, column, f"the condition of {rule.id} cannot be used: {error} {where}")


def _list_placed_rules(pack: Pack) -> Iterable[tuple[tuple[str | int, ...], Rule]]:
    """Each rule, and each row of a table as a rule, with the path to where it is written."""
    for number, rule in enumerate(pack.rules):
        yield ("rules", number), rule
    for number, table in enumerate(pack.tables):
        for row, rule in enumerate(table.as_rules()):
            yield ("tables", number, "rows", row), rule


def _unknown_tools(
    file: Path, tree: YamlNode, path: tuple[str | int, ...], rule: Rule, tools: Collection[str]
) -> Iterable[PolicyError]:
    for place, pattern in enumerate(rule.tools):
        # A glob that denies may speak of tools that do not exist yet.
        if any(fnmatchcase(name, pattern) for name in tools) or ("*" in pattern and rule.enforced is RuleEffect.DENY):
            continue
        message = f"no tool is called {pattern!r}{_suggestion(pattern, tools) or '.'}"
        yield make_policy_error(file, *tree.place((*path, "tools", place)), message)


def _check_limits(
    file: Path, pack: Pack, tree: YamlNode, seen: dict[str, str], tools: Collection[str] | None
) -> Iterable[PolicyError]:
    sections: dict[str, tuple[RateLimit | Budget, ...]] = {"limits": pack.limits, "budgets": pack.budgets}
    for section, items in sections.items():
        for number, item in enumerate(items):
            line, column = tree.place((section, number, "id"))
            if item.id in seen:
                yield make_policy_error(
                    file, line, column, f"the id {item.id!r} is already used at {seen[item.id]}; rename one."
                )
            seen.setdefault(item.id, f"{file}:{line}")
    for number, limit in enumerate(pack.limits):
        for place, pattern in enumerate(limit.tools if tools is not None else ()):
            if not any(fnmatchcase(name, pattern) for name in tools or ()):
                message = f"no tool is called {pattern!r}{_suggestion(pattern, tools or ()) or '.'}"
                yield make_policy_error(file, *tree.place(("limits", number, "tools", place)), message)


def _check_cases(file: Path, pack: Pack, tree: YamlNode) -> Iterable[PolicyError]:
    earlier: list[str] = []
    for number, case in enumerate(pack.cases):
        here = ("cases", number)
        if case.name in earlier:
            yield make_policy_error(
                file, *tree.place((*here, "name")), f"two cases are called {case.name!r}; rename one."
            )
        if case.like and case.like not in earlier:
            message = f"no earlier case is called {case.like!r}{_suggestion(case.like, earlier) or '.'}"
            yield make_policy_error(file, *tree.place((*here, "like")), message)
        elif not case.like and not (case.tool if case.stage.of_tools else case.subject):
            wanted = "tool" if case.stage.of_tools else "subject"
            yield make_policy_error(
                file, *tree.place(here), f"the case {case.name!r} names no {wanted}; add `{wanted}:` or `like:`."
            )
        earlier.append(case.name)


def _suggestion(word: str, known: Collection[str]) -> str:
    close = process.extractOne(word, known, score_cutoff=60) if known else None
    return f"; did you mean {close[0]!r}?" if close else ""


def _explain(file: Path, tree: YamlNode, error: Any) -> PolicyError:
    path = [step for step in error["loc"] if isinstance(step, str | int)]
    line, column = tree.place(path)
    name = str(path[-1]) if path else "pack"
    given = error.get("input")
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            model = next((_MODELS[str(step)] for step in reversed(path) if str(step) in _MODELS), Pack)
            known = list(model.model_fields)
            message = f"unknown key {name!r}" + (_suggestion(name, known) or f"; known are: {', '.join(known)}")
        case "missing":
            message = f"the key {name!r} is missing; add it"
        case "enum" | "literal_error":
            expected = str(context.get("expected", ""))
            words = [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]
            message = f"unknown {name} {given!r}; use {expected}{_suggestion(str(given), words)}"
        case "value_error":
            message = str(context.get("error", error["msg"]))
        case "string_type":
            message = f"{name} must be text; put it in quotes"
        case "tuple_type" | "list_type":
            message = f"{name} must be a list, such as [one, two]"
        case "string_pattern_mismatch":
            kind = next((kind for kind in reversed(path) if isinstance(kind, str)), name)
            message = f"{given!r} cannot be used as {kind}; it must match {context.get('pattern')}"
        case "too_short":
            message = f"{name} is empty; write at least one"
        case _:
            message = f"{name}: {error['msg']}"
    return make_policy_error(file, line, column, message + ("" if message.endswith("?") else "."))
