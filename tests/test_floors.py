"""The house stands: rooms import downwards only, and the wheel holds nothing but `countersign/`."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from package_order import FLOORS, PACKAGES, ROOT

MAX_MODULES = 20
NOUNS_OF_THE_FIELD = frozenset(
    "billing change_feed chroma_embedded chunking folding formatting grounding key_ring masking name_matching posting "
    "purchasing reading ranking router_training routing scoring shared signing testing training unmasking wording "
    "learning".split()
)
"""Names of modules that end like a verb and are words of the field all the same."""


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


def _modules() -> dict[str, Path]:
    """Every module of the product by its name without ``countersign.``; a package by its own."""
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for room in FLOORS
        for file in (ROOT / room).rglob("*.py")
    }


def _package_of(module: str, file: Path) -> str:
    return module if file.name == "__init__.py" else module.rpartition(".")[0]


def _arrows() -> dict[str, set[str]]:
    """Which modules each module imports, inside functions and for types alike; ``from a import b`` means ``a.b``."""
    modules = _modules()
    arrows: dict[str, set[str]] = {}
    for module, file in modules.items():
        found = set()
        package = ["countersign", *_package_of(module, file).split(".")]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom):
                continue
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])]).removeprefix("countersign").lstrip(".")
            for alias in node.names:
                name = f"{base}.{alias.name}"
                found |= {name} & modules.keys() or {base} & modules.keys()
        # A face names its modules, and its modules never import it.
        arrows[module] = (
            set() if file.name == "__init__.py" and "export_lazily" in file.read_text() else found - {module}
        )
    return arrows


def test_the_list_of_packages_is_whole() -> None:
    """A package that is not listed would stand on no floor, and could import from anywhere."""
    found = {_package_of(module, file) for module, file in _modules().items()}
    assert sorted(found) == sorted(PACKAGES)


def test_packages_import_downwards_only() -> None:
    """Who reads from the ground up would meet names that are explained only later."""
    floor = {name: at for at, name in enumerate(PACKAGES)}
    modules = _modules()
    for module, wanted in _arrows().items():
        here = _package_of(module, modules[module])
        for other in wanted:
            there = _package_of(other, modules[other])
            assert floor[there] <= floor[here], f"{module} imports {other}, which stands above it"


def test_no_modules_import_each_other_in_a_circle() -> None:
    """A circle cannot be read, tested or moved but as one piece."""
    arrows = _arrows()
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"circle: {' -> '.join((*path[path.index(module) :], module))}"
        if module not in done:
            for other in sorted(arrows[module]):
                visit(other, (*path, module))
            done.add(module)

    for module in sorted(arrows):
        visit(module, ())


LOADED = """
import importlib, os, sys
import {third_party}
for name in sys.stdin.read().split():
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.close(out)
        importlib.import_module(name)
        with os.fdopen(into, "w") as said:
            said.write(" ".join(loaded for loaded in sys.modules if loaded.startswith("countersign.")))
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as said:
        print(name, said.read())
    assert os.waitpid(child, 0)[1] == 0, name
"""


def test_a_module_alone_loads_nothing_from_above() -> None:
    """Faces are lazy and some imports stand in functions; what really comes along shows when a module is imported
    alone.

    Each is imported in a process that holds no other module of ours; other people's packages are there already, which
    saves their second each time.
    """
    modules = {name: file for name, file in _modules().items() if name != "app.__main__" and "migrations.0" not in name}
    floor = {name: at for at, name in enumerate(PACKAGES)}
    script = LOADED.format(
        third_party="pydantic, sqlalchemy, numpy, cryptography, langgraph.graph, langchain_core, typer"
    )
    names = "\n".join(f"countersign.{name}" for name in modules)
    done = subprocess.run([sys.executable, "-c", script], input=names, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == len(modules)
    for line in done.stdout.splitlines():
        name, *loaded = (word.removeprefix("countersign.") for word in line.split())
        here = floor[_package_of(name, modules[name])]
        for other in loaded:
            if modules[other].name != "__init__.py":
                assert floor[_package_of(other, modules[other])] <= here, f"{name} alone loads {other}, from above"


def test_no_package_is_a_heap() -> None:
    """Past twenty modules a folder is searched instead of read."""
    for package in PACKAGES:
        count = len([file for file in ROOT.joinpath(*package.split(".")).glob("*.py") if file.name != "__init__.py"])
        assert count <= MAX_MODULES, f"{package} has {count} modules"


def test_modules_are_named_by_nouns() -> None:
    """`told.py` or `judging.py` says what somebody did, not where a thing is."""
    for module in _modules():
        name = module.rpartition(".")[2]
        assert not re.search(r"(ing|ed)$", name) or name in NOUNS_OF_THE_FIELD, f"{module}: name it by a noun"
        assert name not in {"utils", "helpers", "common", "manager", "misc", "v2"}, module


SAME_NAME = {"add_to": "each command adds itself to the command line", "main": "each program has one"}


def test_a_public_name_means_one_thing() -> None:
    """Two classes or functions of one name are taken for each other by whoever imports or reads them."""
    homes: dict[str, list[str]] = {}
    for module, file in _modules().items():
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
                homes.setdefault(node.name, []).append(module)
    twice = {name: where for name, where in homes.items() if len(where) > 1 and name not in SAME_NAME}
    assert not twice


CONTENT = (
    "countersign.agents.intents",
    "countersign.agents.roster",
    "countersign.graphs.departments",
    "countersign.graphs.handlers",
    "countersign.graphs.workflows.contract_review",
    "countersign.graphs.workflows.invoice_exception",
    "countersign.graphs.workflows.refund",
    "countersign.policies.packs",
    "countersign.tools.sample_company",
    "countersign.tools.score_tasks",
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
