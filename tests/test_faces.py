"""Each package has a face: its `__init__.py` says what it is, and exports what others may take and nothing else."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from package_order import FLOORS, PACKAGES, ROOT

FACES = Path(__file__).with_name("faces.txt")
"""What each package exports. A name becomes public only by a line here, which its review sees."""

NO_PART_OF_A_FACE = ("policies.lazy_exports", "agents.roster")
"""What makes the faces, and a module of content in a package of mechanism, which the departments alone take."""
LOADS = """
import importlib, json, sys
faces = json.loads(sys.argv[1])
for package in faces:
    importlib.import_module(f"countersign.{package}")
modules = [n for n, m in sys.modules.items() if n.startswith("countersign.") and not hasattr(m, "__path__")]
assert modules == ["countersign.policies.lazy_exports"], modules
for package, names in faces.items():
    face = importlib.import_module(f"countersign.{package}")
    for name in names:
        assert getattr(face, name) is not None
    try:
        face.no_such_name
    except AttributeError as error:
        assert "no_such_name" in str(error)
    else:
        raise AssertionError(package)
"""


def _face(package: str) -> Path:
    return ROOT.joinpath(*package.split("."), "__init__.py")


def _typed_names(package: str) -> dict[str, str]:
    """What a type checker sees in a face: each name and the module it comes from."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(_face(package).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module not in (None, "lazy_exports"):
            found |= {alias.name: str(node.module) for alias in node.names}
    return found


def _listed() -> dict[str, list[str]]:
    lines = FACES.read_text(encoding="utf-8").splitlines()
    return {package: names.split() for package, _, names in (line.partition(":") for line in lines)}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_face_says_what_the_package_is(package: str) -> None:
    """A folder that nobody explains is opened file by file."""
    text = ast.get_docstring(ast.parse(_face(package).read_text(encoding="utf-8"))) or ""
    assert len(text) > 40, f"{package} does not say what it is"
    assert text.split("\n")[0].endswith((".", ":")), f"{package}: the first line is no sentence"


def test_the_faces_are_those_that_are_listed() -> None:
    """A name that became public by accident could never be changed again."""
    assert {package: sorted(_typed_names(package)) for package in PACKAGES if _typed_names(package)} == _listed()


def test_each_exported_name_is_there_and_loads_only_when_it_is_asked_for() -> None:
    """A face that lost a name fails in somebody else's program; one that loads everything slows each start."""
    lazy = {package: names for package, names in _listed().items() if "export_lazily" in _face(package).read_text()}
    done = subprocess.run([sys.executable, "-c", LOADS, json.dumps(lazy)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_others_take_what_a_face_exports() -> None:
    """What one package takes from another is the other's promise; a name with `_` is nobody's business."""
    for room in FLOORS:
        for file in (ROOT / room).rglob("*.py"):
            here = ".".join(file.parent.relative_to(ROOT).parts)
            above = ["countersign", *here.split(".")]
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.ImportFrom) or not node.level:
                    continue
                base = [*above[: len(above) - node.level + 1], *(node.module.split(".") if node.module else [])][1:]
                source = ROOT.joinpath(*base).with_suffix(".py") if base else ROOT
                there = ".".join(base[:-1])
                if not source.is_file() or there == here or ".".join(base) in NO_PART_OF_A_FACE:
                    continue
                for alias in node.names:
                    assert not alias.name.startswith("_"), f"{file.relative_to(ROOT)} takes {alias.name} of {there}"
                    exported = _typed_names(there)
                    assert alias.name in exported, f"{there} does not export {alias.name}, which {here} takes"
