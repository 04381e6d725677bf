"""The house stands: rooms import downwards only, and the wheel holds nothing but `countersign/`."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = {"policies": 1, "memory": 2, "tools": 3, "agents": 4, "graphs": 5, "app": 6}
"""Memory and tools share a floor in the plan; tools may use memory, so it stands half a floor higher here."""


def _imports(file: Path) -> list[str]:
    """The rooms that a file imports, by relative or absolute name."""
    room = file.relative_to(ROOT).parts
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            package = ("countersign", *room[:-1])
            base = package[: len(package) - node.level + 1]
            found.append(".".join([*base, *(node.module or "").split(".")]))
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


@pytest.mark.parametrize("room", FLOORS)
def test_rooms_import_downwards_only(room: str) -> None:
    """A room that reached up would tie policy to a framework, or tools to a graph."""
    for file in (ROOT / room).rglob("*.py"):
        for name in _imports(file):
            parts = name.split(".")
            if parts[0] == "countersign" and len(parts) > 1 and parts[1] in FLOORS:
                assert FLOORS[parts[1]] <= FLOORS[room], f"{file.relative_to(ROOT)} imports {name}, a floor above"


@pytest.mark.parametrize("room", FLOORS)
def test_a_room_says_what_stands_in_it(room: str) -> None:
    """Who opens a room for the first time would be sent to files that are not there any more."""
    guide = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    named = re.findall(r"``([a-z_]+)(/?)``", guide)
    assert named, f"{room}/__init__.py names no file"
    for name, folder in named:
        assert (ROOT / room / (name if folder else f"{name}.py")).exists(), f"{room}/__init__.py names {name}"


CONTENT = (
    "countersign.agents.intents",
    "countersign.agents.roster",
    "countersign.graphs.handlers",
    "countersign.graphs.workflows.contract_review",
    "countersign.graphs.workflows.invoice_exception",
    "countersign.graphs.workflows.refund",
    "countersign.graphs.workflows.registry",
    "countersign.policies.packs",
    "countersign.tools.sample_company",
    "countersign.tools.toolsets",
)
"""What the shipped departments and the sample company are made of; all else is mechanism and works without them."""
MAY_KNOW_CONTENT = ("countersign.graphs.assistant.default_content", "countersign.app.demo")
"""Who puts the default together, and who shows it."""


def _modules_of(file: Path) -> set[str]:
    """The modules that a file may import, by absolute name; of ``from a import b`` both ``a`` and ``a.b``."""
    package = ("countersign", *file.relative_to(ROOT).parts[:-1])
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def _within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("room", FLOORS)
def test_mechanism_imports_no_content(room: str) -> None:
    """Whoever brings tools, agents or a business of their own would find those of the sample company built in."""
    for file in (ROOT / room).rglob("*.py"):
        name = ".".join(["countersign", *file.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")
        if _within(name, CONTENT) or _within(name, MAY_KNOW_CONTENT):
            continue
        known = sorted(module for module in _modules_of(file) if _within(module, CONTENT))
        assert not known, f"{file.relative_to(ROOT)} is mechanism and imports {known[0]}"


def test_the_assistant_loads_without_any_content() -> None:
    """An import inside a function, or by a name that is put together, would bring back what the list keeps out."""
    code = "import sys, countersign.graphs.assistant.sync, countersign.app.langgraph_server; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if _within(name, CONTENT)] == []


def test_all_content_is_there() -> None:
    """A package that was renamed would drop out of the list, and nothing would be checked any more."""
    for name in (*CONTENT, *MAY_KNOW_CONTENT):
        place = ROOT.joinpath(*name.split(".")[1:])
        assert place.is_dir() or place.with_suffix(".py").is_file(), name


def test_no_room_is_imported_by_its_bare_name() -> None:
    """`from policies import ...` would make a second copy of every class and break isinstance quietly."""
    for room in FLOORS:
        for file in (ROOT / room).rglob("*.py"):
            for name in _imports(file):
                assert name.split(".")[0] not in FLOORS, (
                    f"{file.relative_to(ROOT)} imports {name}; use a relative import"
                )


@pytest.mark.parametrize("forbidden", ["langgraph", "langchain_core", "langchain_openai", "chromadb"])
def test_policies_know_no_framework(forbidden: str) -> None:
    """Governance must outlive any framework and load without one."""
    for file in (ROOT / "policies").rglob("*.py"):
        assert all(name.split(".")[0] != forbidden for name in _imports(file)), file


def test_every_folder_with_code_is_packaged() -> None:
    """A subfolder that is not listed would be missing from the wheel."""
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        ".".join(["countersign", *file.parent.relative_to(ROOT).parts])
        for room in FLOORS
        for file in (ROOT / room).rglob("__init__.py")
    }
    assert found == listed


def test_the_wheel_adds_nothing_but_countersign(tmp_path: Path) -> None:
    """Generic top-level folders such as `agents/` would overwrite other packages' files when installed."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]
    source = tmp_path / "source"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in tracked:
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    subprocess.run([*build, str(source)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"countersign"}
    for needed in (
        "policies/packs/support.yaml",
        "agents/intents/model.npz",
        "tools/sample_company/handbook/support-handbook.md",
    ):
        assert f"countersign/{needed}" in names
