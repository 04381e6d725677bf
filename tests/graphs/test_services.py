"""A node is given the services that it uses: only the composition holds all of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BELOW = ("graphs/nodes", "graphs/gate", "graphs/model_loop", "graphs/workflows", "graphs/handlers")
"""Where the nodes and what they call stand; the composition, ``graphs/assistant``, puts them together."""
MOST = 3
MORE = {
    "Gate": "it decides, has reviewed and executes, and writes each of these down",
    "ReviewAnswers": "an answer is judged against the person, the review, the rules and the masks, at a time",
    "TurnRouting": "a message is read by the router in the light of the conversation, its files and the person",
    "PersonalNotes": "a note is put to memory, told in the conversation, and logged for a person at a time",
    "ModelLoop": "it shows a model what may be shown, and puts what it wishes through the gate",
    "ThreadSources": "what a model is reminded of stands in five places",
    "Withdrawals": "a person's own words are compared with what waits for others, at a time",
    "AssistantReplies": "it says what waits for whom, and which departments there are, at a time",
    "keep_precedents": "what reviews decided goes into memory, and into the log where memory refuses it, at a time",
}
"""Who may have more than that, and why."""


def parse(file: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(file.read_text(encoding="utf-8"))


def name_type(annotation: ast.expr | None) -> str:
    """A type as it stands in the source, without quotes and whether or not it may be missing."""
    text = "" if annotation is None else ast.unparse(annotation)
    return text.strip("'\"").removesuffix(" | None")


def list_fields(group: ast.ClassDef) -> list[str]:
    """The types of a class's fields."""
    return [name_type(item.annotation) for item in group.body if isinstance(item, ast.AnnAssign)]


def list_parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The types of a function's parameters."""
    known = function.args
    every = [*known.posonlyargs, *known.args, *known.kwonlyargs, known.vararg, known.kwarg]
    return [name_type(item.annotation) for item in every if item is not None]


def list_kinds() -> set[str]:
    """The types of the fields of ``Services``."""
    tree = parse(ROOT / "graphs/runtime/services.py")
    (found,) = [item for item in tree.body if isinstance(item, ast.ClassDef) and item.name == "Services"]
    return set(list_fields(found))


def count_services(tree: ast.Module, kinds: set[str]) -> Iterator[tuple[str, int]]:
    """For each class and function, how many of its fields or parameters are services."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name, sum(item in kinds for item in list_fields(node))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, sum(item in kinds for item in list_parameters(node))


def names_services(tree: ast.Module) -> bool:
    """Whether the object that has all services is imported or named, also in a quoted type."""
    return any(
        "Services" in (getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "name", ""))
        or (isinstance(node, ast.arg) and name_type(node.annotation) == "Services")
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("folder", BELOW)
def test_no_node_is_given_all_services(folder: str) -> None:
    """A node that has all of them can use any, and nobody sees from outside which it does."""
    for file in (ROOT / folder).rglob("*.py"):
        assert not names_services(parse(file)), f"{file.relative_to(ROOT)} names Services; take what is used"


@pytest.mark.parametrize("folder", BELOW)
def test_no_group_has_many_services(folder: str) -> None:
    """A group that grows becomes the object that has all of them, under another name."""
    kinds = list_kinds()
    for file in (ROOT / folder).rglob("*.py"):
        for name, count in count_services(parse(file), kinds):
            assert count <= MOST or name in MORE, f"{file.relative_to(ROOT)}: {name} has {count} services"


def test_whoever_may_have_more_has_more() -> None:
    """An exception that is needed no longer would let the next group grow."""
    kinds, found = list_kinds(), set()
    for folder in BELOW:
        for file in (ROOT / folder).rglob("*.py"):
            found |= {name for name, count in count_services(parse(file), kinds) if count > MOST}
    assert found == set(MORE)


def test_the_services_of_a_group_are_counted() -> None:
    """A type that is written in another way would count as nothing, and the limit would hold whatever happened."""
    kinds = list_kinds()
    assert len(kinds) >= 14, "Services has fewer kinds of fields than it has services"
    assert dict(count_services(parse(ROOT / "graphs/gate/gate.py"), kinds))["Gate"] == 6
    assert dict(count_services(parse(ROOT / "graphs/nodes/withdrawal.py"), kinds))["Withdrawals"] == 4
    assert dict(count_services(parse(ROOT / "graphs/model_loop/budget.py"), kinds))["TurnBudgets"] == 2
    for source in ("def node(services: Services): ...", "def node(services: 'Services'): ..."):
        assert names_services(ast.parse(source))
    assert names_services(ast.parse("from ..runtime.services import RunContext, Services"))
