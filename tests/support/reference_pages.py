"""What the pages of ``docs/reference`` take from the program: commands, tools, and what packs may hold.

A page has blocks between ``<!-- begin NAME -->`` and ``<!-- end -->``; the rest of it is written by hand. To write the
blocks anew: ``make reference``. ``tests/test_documents.py`` compares.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from countersign.agents.spec import AgentSpec
from countersign.app.cli.main import app
from countersign.graphs.assistant.default_content import load_content
from countersign.policies.engine import stages
from countersign.policies.filters.masking_rules import DisplayRule, FilterRules, RawTool, ReplyRules
from countersign.policies.rules import decision_table, evidence
from countersign.policies.rules.budget import Budget
from countersign.policies.rules.decision_table import DecisionTable, TableRow
from countersign.policies.rules.expressions import FUNCTIONS
from countersign.policies.rules.fields import write_deadline
from countersign.policies.rules.history import History
from countersign.policies.rules.pack import ChangeApproval, Pack, PackCase, PackCasePrincipal
from countersign.policies.rules.rate_limit import RateLimit
from countersign.policies.rules.rule import Rule
from countersign.tools.spec import Fields, ToolSpec
from pydantic import BaseModel
from typer.main import get_command

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
SHIPPED = ("finance", "legal", "support")
_BLOCK = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end -->)", re.S)
_ENTRY = re.compile(r"^([a-z_]+(?:, [a-z_]+)*): (.*)$")


def render_page(text: str) -> str:
    """The page with its blocks made anew.

    Raises:
        KeyError: the page asks for a block that there is not.
    """
    return _BLOCK.sub(lambda block: f"{block[1]}\n{BLOCKS[block[2]]().strip()}\n\n{block[3]}", text)


def write_commands() -> str:
    """Every command with its arguments, options and examples."""
    return "\n".join(line for path, command in _walk(get_command(app), ()) for line in _tell_command(path, command))


def _walk(group: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from _walk(command, (*path, name))


def _tell_command(path: tuple[str, ...], command: Any) -> Iterator[str]:
    yield from ("#" * (len(path) + 1) + " " + " ".join(path), "", *command.help.split("\n"), "")
    context = command.context_class(command, info_name=" ".join(("countersign", *path)))
    records = [parameter.get_help_record(context) for parameter in command.params]
    if hasattr(command, "commands") and not getattr(command, "invoke_without_command", False):
        return
    if any(records):
        yield from ("| | |", "|---|---|")
        yield from (f"| {_code(name)} | {_cell(told)} |" for name, told in filter(None, records))
        yield ""
    examples = (command.epilog or "").replace("\b", "").split("\n")
    lines = [line.split(": ", 1)[-1].strip() for line in examples if "countersign" in line]
    if lines:
        yield from ("```", *lines, "```", "")


def write_tools() -> str:
    """Every tool that ships, by the extension that brings it."""
    content = load_content(SHIPPED)
    told = []
    for loaded in content.extensions:
        told += [f"## {loaded.extension.name}", ""]
        for spec in sorted(loaded.extension.tools, key=lambda spec: spec.name):
            told += _tell_tool(spec, content.agents)
    return "\n".join(told)


def _tell_tool(spec: ToolSpec, agents: Mapping[str, AgentSpec]) -> Iterator[str]:
    arguments = [_tell_argument(spec, name) for name in spec.arguments.model_fields]
    proposing = [agent.name for agent in agents.values() if agent.may_propose(spec.name)]
    yield from (f"### {spec.name}", "", *spec.description.split("\n"), "")
    undone = f", undone by `{spec.undo_tool}`" if spec.undo_tool else ""
    yield f"- Effect: {spec.effect}{undone}. System: {spec.system}. Owner: {spec.owner}."
    yield f"- Arguments: {', '.join(arguments) or 'none'}."
    if spec.touches:
        yield f"- Rules may read: {'; '.join(_tell_record(name, fields) for name, fields in spec.touches.items())}."
    yield f"- A model sees: {_list(spec.visible)}."
    if spec.untrusted:
        yield f"- Written by outsiders: {_list(spec.untrusted)}."
    if spec.fallback_tool:
        yield f"- When the system does not answer: `{spec.fallback_tool}`."
    yield from (f"- Proposed by: {', '.join(proposing) or 'no agent'}.", "")


def _tell_argument(spec: ToolSpec, name: str) -> str:
    marks = [] if spec.arguments.model_fields[name].is_required() else ["optional"]
    marks += ["critical"] if any(path.split(".")[0] == name for path in spec.critical) else []
    return f"`{name}`" + (f" ({', '.join(marks)})" if marks else "")


def _tell_record(name: str, fields: Fields) -> str:
    return ", ".join(f"`{name}.{field}`" for field in fields)


def write_stages() -> str:
    """The stages at which rules are asked."""
    return _find_table(stages)


def write_evidence() -> str:
    """What conditions may read, and the functions besides those of CEL."""
    return _find_table(evidence) + "\n\nBesides the functions of CEL there is " + _list(tuple(FUNCTIONS)) + "."


def write_cells() -> str:
    """What a cell of a decision table may say."""
    return _find_table(decision_table)


def write_keys() -> str:
    """The keys of a pack and of all that stands in it."""
    told: list[str] = []
    for title, model in KEYS.items():
        told += [f"### {title}", "", "| key | what it is |", "|---|---|"]
        notes = _read_notes(model)
        keys = groupby(model.model_fields, key=notes.__getitem__)
        told += [f"| {_tell_names(model, list(names))} | {_cell(note)} |" for note, names in keys]
        told.append("")
    return "\n".join(told)


def _tell_names(model: type[BaseModel], names: list[str]) -> str:
    """Keys that mean the same, each with its default or that it is needed."""
    told = []
    for name in names:
        info = model.model_fields[name]
        default = write_deadline(info.default) if isinstance(info.default, timedelta) else str(info.default)
        plain = isinstance(info.default, str | int | timedelta) and info.default not in ("", False)
        mark = " (needed)" if info.is_required() else f" (`{default.lower()}`)" if plain else ""
        told.append(f"`{name}`{mark}")
    return ", ".join(told)


KEYS: Mapping[str, type[BaseModel]] = {
    "The pack": Pack,
    "A rule": Rule,
    "A case": PackCase,
    "Who asks in a case": PackCasePrincipal,
    "A history": History,
    "A decision table": DecisionTable,
    "A row of it": TableRow,
    "A limit": RateLimit,
    "A budget": Budget,
    "Filters": FilterRules,
    "Filters, `raw`": RawTool,
    "Filters, `show`": DisplayRule,
    "Filters, `output`": ReplyRules,
    "Changes": ChangeApproval,
}
BLOCKS: Mapping[str, Callable[[], str]] = {
    "commands": write_commands,
    "tools": write_tools,
    "stages": write_stages,
    "evidence": write_evidence,
    "cells": write_cells,
    "keys": write_keys,
}


def _read_notes(model: type[BaseModel]) -> dict[str, str]:
    """What the docstring says of each field.

    Raises:
        KeyError: it says nothing of one.
    """
    _, _, attributes = (inspect.getdoc(model) or "").partition("Attributes:\n")
    notes: dict[str, str] = {}
    names: list[str] = []
    for line in attributes.splitlines():
        if found := _ENTRY.match(line.removeprefix("    ")):
            names = found[1].split(", ")
            notes |= dict.fromkeys(names, found[2])
        else:
            notes |= {name: f"{notes[name]} {line.strip()}" for name in names}
    if missing := model.model_fields.keys() - notes:
        raise KeyError(f"{model.__name__} says nothing of {', '.join(sorted(missing))}.")
    return {name: _plain(note) for name, note in notes.items()}


def _find_table(module: Any) -> str:
    """The table in a module's docstring; a row without a name goes on where the one above ended."""
    rows: list[str] = []
    for line in (module.__doc__ or "").splitlines():
        if line.startswith("| | "):
            rows[-1] = f"{rows[-1].removesuffix(' |')} {line.removeprefix('| | ')}"
        elif line.startswith("|"):
            rows.append(line)
    return "\n".join(map(_plain, rows))


def _plain(text: str) -> str:
    """A docstring's text as Markdown, without what it says about modules."""
    text = re.sub(r"[,;]? ?\(?(?:see )?:\w+:`[^`]*`\)?", "", text)
    return text.replace("``", "`")


def _code(name: str) -> str:
    """The name of an option, with its choices and without the names of types."""
    return f"`{re.sub(r' <(str|int range|Path|list.[A-Za-z]+.)>', '', name)}`".replace("|", "\\|")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def main() -> None:
    """Writes the blocks of all pages anew."""
    for page in sorted(FOLDER.glob("*.md")):
        before = page.read_text("utf-8")
        after = render_page(before)
        if after != before:
            page.write_text(after, "utf-8")
            print(page.name, file=sys.stderr)


if __name__ == "__main__":
    main()
