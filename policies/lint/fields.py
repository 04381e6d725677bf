"""This module checks whether the fields that rules and cases speak of exist, and what they are compared with."""

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from ..domain.stage import Stage
from ..domain.suggestions import suggest_word
from ..rules.expressions import Expression
from ..rules.pack import PackCase
from ..rules.policy_set import PolicySet
from ..rules.rule import Rule
from .findings import PackFinding, make_error, make_note
from .shapes import (
    ANYTHING,
    NO_RECORDS,
    STAGE_ARGS,
    Shape,
    ToolShape,
    find_known_fields,
    find_shape,
    make_mapping,
    parse_shape,
)

_TEXTS = parse_shape("texts")
PRINCIPAL_SHAPE = make_mapping(
    {
        **{name: parse_shape("text") for name in ("user_id", "human", "name", "tenant")},
        **dict.fromkeys(("roles", "teams"), _TEXTS),
        "limit_minor": parse_shape("number"),
        "manager": parse_shape("text?"),
    }
)
TOOL_SHAPE = make_mapping(
    {**{name: parse_shape("text") for name in ("name", "version", "effect", "owner", "system")}, "critical": _TEXTS}
)
_FIELD = re.compile(r"\{([A-Za-z_]\w*(?:\.\w+)*)(?::([a-z]+))?\}")
_PATH = r"(?<![\w.])(?:args|records|principal|tool)(?:\.\w+)+(?![\w(])"
_LITERAL = r"-?\d+(?![\w.])|\"[^\"\\\n]*\"|'[^'\\\n]*'|\b(?:true|false|null)\b"
_COMPARED = re.compile(rf"({_PATH})\s*(<=|>=|==|!=|<|>)\s*({_LITERAL}|{_PATH})")
_TURNED = re.compile(rf"({_LITERAL})\s*(<=|>=|==|!=|<|>)\s*({_PATH})")
_IN = re.compile(rf"({_PATH})\s+in\s+\[([^\]]*)\]")
_MISSPELT = 80
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'")


def check_rule_fields(
    rule: Rule, condition: Expression | None, tools: Mapping[str, ToolShape]
) -> Iterator[PackFinding]:
    """What is wrong with the fields of a rule's condition, reason, reviewers and mask, against the tools it speaks of.

    Args:
        tools: by name; a rule of a stage that is not about tools is compared with what is put to that stage.
    """
    where = f"rule {rule.id}"
    about = _find_shapes(rule, tools)
    told: set[str] = set()
    for place, path in _paths(rule, condition):
        wrongs = [(name, wrong) for name, shapes in about if (wrong := _find_missing(shapes, path))]
        asked_first = re.search(rf"has\s*\(\s*{re.escape(path)}\s*\)", rule.when) is not None
        if asked_first and len(wrongs) < len(about):
            continue  # there for some of its tools, and only read where it is
        for name, wrong in wrongs:
            if path in told:
                continue
            told.add(path)
            step, known = wrong
            of_tool = f" of {name}" if name and path.startswith(("args.", "records.")) else ""
            every = f" Known are: {', '.join(known)}." if known else ""
            hint = suggest_word(step, known, least=_MISSPELT) or every  # what is hardly alike is no slip of the finger
            yield make_error("unknown-field", where, f"{place} reads {path}{of_tool}, which does not exist.{hint}")
    if condition is not None:
        yield from _check_comparisons(rule, about, told)
    yield from _check_money(rule, about, told)
    yield from _check_masks(rule, tools)


def check_case_fields(case: PackCase, tools: Mapping[str, ToolShape]) -> Iterator[PackFinding]:
    """What is wrong with the arguments and records of a resolved case."""
    where = f"case {case.name!r}"
    given: list[tuple[str, Mapping[str, object], Shape]]
    if not case.stage.of_tools:
        about, given = f"the stage {case.stage}", [("args", case.args, STAGE_ARGS[case.stage])]
    elif shape := tools.get(case.tool):
        about, given = case.tool, [("args", case.args, shape.arguments)]
        given += [] if case.stage is Stage.RESULT else [("records", case.records, shape.records)]
    else:
        return
    for root, values, known in given:
        for path in _leaves(values):
            found = find_shape(known, path)
            if isinstance(found, str):
                hint = suggest_word(found, find_known_fields(known, path, found))
                message = f"It gives {root}.{path}, which {about} does not have.{hint}"
                yield make_error("unknown-field", where, message)


def _find_shapes(rule: Rule, tools: Mapping[str, ToolShape]) -> list[tuple[str, Mapping[str, Shape]]]:
    same = {"principal": PRINCIPAL_SHAPE, "tool": TOOL_SHAPE}
    if not rule.stage.of_tools:
        of_stage = {"principal": PRINCIPAL_SHAPE, "args": STAGE_ARGS[rule.stage], "records": NO_RECORDS}
        return [(f"the stage {rule.stage}", of_stage)]
    found: list[tuple[str, Mapping[str, Shape]]] = []
    for name, shape in tools.items():
        if any(fnmatchcase(name, pattern) for pattern in rule.tools):
            records = shape.records if rule.stage is Stage.TOOL else make_mapping({"result": shape.result})
            found.append((name, {**same, "args": shape.arguments, "records": records}))
    return found


def _paths(rule: Rule, condition: Expression | None) -> Iterator[tuple[str, str]]:
    for path in condition.paths if condition else ():
        yield "its condition", path
    for path, _ in _FIELD.findall(rule.reason):
        yield "its reason", path
    for reviewer in rule.reviewers:
        if reviewer.startswith("{"):
            yield "its list of reviewers", reviewer.strip("{}")


def _find_missing(shapes: Mapping[str, Shape], path: str) -> tuple[str, list[str]] | None:
    root, _, rest = path.partition(".")
    shape = shapes.get(root)
    if shape is None or not rest:
        return None
    found = find_shape(shape, rest)
    return (found, find_known_fields(shape, rest, found)) if isinstance(found, str) else None


def _shape(shapes: Mapping[str, Shape], path: str) -> Shape:
    root, _, rest = path.partition(".")
    found = find_shape(shapes.get(root, ANYTHING), rest)
    return ANYTHING if isinstance(found, str) else found


def _check_comparisons(
    rule: Rule, about: Iterable[tuple[str, Mapping[str, Shape]]], told: set[str]
) -> Iterator[PackFinding]:
    where, texts = f"rule {rule.id}", [found.span() for found in _QUOTED.finditer(rule.when)]
    pairs = [(found, found[1], found[2], found[3]) for found in _COMPARED.finditer(rule.when)]
    pairs += [(found, found[3], found[2], found[1]) for found in _TURNED.finditer(rule.when)]
    pairs += [
        (found, found[1], "==", item) for found in _IN.finditer(rule.when) for item in re.findall(_LITERAL, found[2])
    ]
    for found, path, op, other in pairs:
        if path in told or any(start < found.start() < end for start, end in texts):
            continue
        for name, shapes in about:
            problem = _explain_misfit(_shape(shapes, path), path, op, other, shapes)
            if problem:
                of_tool = f" of {name}" if name else ""
                yield make_error("wrong-type", where, f"Its condition compares {path}{of_tool} with {other}: {problem}")
                break


def _explain_misfit(shape: Shape, path: str, op: str, other: str, shapes: Mapping[str, Shape]) -> str:
    """Why a comparison can never be true as it was meant; empty when it can."""
    if not shape.kinds:
        return ""
    kinds = _kinds(other, shapes)
    if kinds and not kinds & shape.kinds:
        # Asking whether a field is null that never is does no harm and is often meant for later.
        if kinds == {"null"}:
            return ""
        return f"{path} is {_format_kinds(shape.kinds)}, the other {_format_kinds(kinds)}."
    text = other[1:-1] if other[0] in "\"'" else None
    if shape.values and text is not None and text not in shape.values and op in ("==", "!="):
        return f"it is only ever {', '.join(sorted(shape.values))}.{suggest_word(text, shape.values)}"
    if op not in ("==", "!=") and kinds and kinds <= {"yes/no", "null"}:
        return "that has no order."
    return ""


def _kinds(other: str, shapes: Mapping[str, Shape]) -> frozenset[str]:
    if other[0] in "\"'":
        return frozenset({"text"})
    if other in ("true", "false"):
        return frozenset({"yes/no"})
    if other == "null":
        return frozenset({"null"})
    if other.lstrip("-").isdecimal():
        return frozenset({"number"})
    return _shape(shapes, other).kinds


def _check_money(rule: Rule, about: Iterable[tuple[str, Mapping[str, Shape]]], told: set[str]) -> Iterator[PackFinding]:
    for path, form in _FIELD.findall(rule.reason):
        for name, shapes in about:
            kinds = _shape(shapes, path).kinds
            if form == "money" and path not in told and kinds and "number" not in kinds:
                message = f"Its reason shows {path} of {name} as money, but it is {_format_kinds(kinds)}."
                yield make_error("wrong-type", f"rule {rule.id}", message)
                break


def _check_masks(rule: Rule, tools: Mapping[str, ToolShape]) -> Iterator[PackFinding]:
    spoken = [shape for name, shape in tools.items() if any(fnmatchcase(name, item) for item in rule.tools)]
    for path in rule.mask if spoken else ():
        missing = [(shape, find_shape(shape.result, path, through_lists=True)) for shape in spoken]
        if all(isinstance(found, str) for _, found in missing):
            shape, step = max(missing, key=lambda item: path.split(".").index(str(item[1])))
            known = find_known_fields(shape.result, path, str(step), through_lists=True)
            hint = suggest_word(str(step), known, least=_MISSPELT)
            message = f"It masks {path}, which no result of its tools has.{hint}"
            # Masking what a result may hold one day is care, not a mistake; a misspelt field is one.
            yield (make_error if hint else make_note)("unknown-mask", f"rule {rule.id}", message)


def _format_kinds(kinds: Iterable[str]) -> str:
    return " or ".join(sorted(kinds))


def _leaves(values: Mapping[str, object], before: str = "") -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def check_all_fields(policy: PolicySet, tools: Mapping[str, ToolShape]) -> Iterator[PackFinding]:
    """What is wrong with the fields of all rules and cases."""
    from ..testing.cases import resolve_cases

    for rule in policy.rules:
        yield from check_rule_fields(rule, policy.condition(rule.id), tools)
    for pack in policy.packs:
        for case in resolve_cases(pack):
            yield from check_case_fields(case, tools)
