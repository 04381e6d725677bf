"""Extensions are found by name or place; what cannot be loaded stops the start with a sentence that says what to do."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from countersign.graphs.assistant.default_content import load_content
from countersign.graphs.extensions.discovery import compute_extension_digest, load_extensions, load_loose_tools
from countersign.graphs.extensions.extension import Extension, ExtensionError

DISTRIBUTION = """
Metadata-Version: 2.1
Name: {name}
Version: 1.2
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """A folder from which modules and distributions are loaded, as one of site-packages."""
    sys.path.insert(0, str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in set(sys.modules) - before:
        del sys.modules[name]


def install(site: Path, name: str, code: str, attribute: str = "EXTENSION") -> None:
    """Installs a package that registers an extension, as pip would leave it."""
    (site / f"{name}_package.py").write_text(code, encoding="utf-8")
    info = site / f"{name}_package-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(DISTRIBUTION.format(name=f"{name}-package").lstrip(), encoding="utf-8")
    (info / "entry_points.txt").write_text(
        f"[countersign.extensions]\n{name} = {name}_package:{attribute}\n", encoding="utf-8"
    )


GOOD = """
from countersign.graphs.extensions import Extension
EXTENSION = Extension("{name}", "0.3", "facilities")
"""


def test_the_departments_that_ship_are_extensions_like_others() -> None:
    """A department that is built in could not be left out, and its version would stand nowhere."""
    found = load_extensions()
    assert [item.extension.name for item in found] == ["finance", "legal", "support"]
    assert all(item.shipped and item.origin.startswith("countersign ") for item in found)


def test_an_installed_package_is_found_with_its_version(site: Path) -> None:
    """Nobody could add a department without changing our files."""
    install(site, "parking", GOOD.format(name="parking"))
    found = {item.extension.name: item for item in load_extensions()}
    assert found["parking"].origin == "parking-package 1.2"
    assert not found["parking"].shipped
    assert [item.extension.name for item in load_extensions(["parking"])] == ["parking"]


def test_an_extension_is_named_by_its_place(site: Path) -> None:
    """Whoever writes one would have to install it before each try."""
    (site / "desk.py").write_text(GOOD.format(name="desk"), encoding="utf-8")
    (loaded,) = load_extensions(["desk:EXTENSION"])
    assert (loaded.extension.name, loaded.origin) == ("desk", "named as desk:EXTENSION")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nothing_like_this", "cannot be imported from bad_package:EXTENSION (ModuleNotFoundError"),
        ("EXTENSION = 7", "bad of bad-package 1.2 is of type int and no Extension"),
        ("OTHER = 7", "cannot be imported from bad_package:EXTENSION (AttributeError"),
        (GOOD.format(name="other"), "registers an extension as 'bad', which calls itself 'other'"),
        (GOOD.format(name="Bad Name"), "'Bad Name' cannot name an extension"),
        ('raise SystemExit("no")', "cannot be imported from bad_package:EXTENSION (SystemExit: no)"),
    ],
)
def test_what_cannot_be_loaded_stops_the_start(site: Path, code: str, said: str) -> None:
    """An assistant that silently lacks a department would answer as if it had none."""
    install(site, "bad", code)
    with pytest.raises(ExtensionError) as caught:
        load_extensions()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_such", "There is no extension 'no_such'; installed are: finance, legal, support"),
        ("no_such_module:X", "no_such_module:X cannot be loaded (ModuleNotFoundError"),
        ("pathlib:Path", "pathlib:Path is of type type and no Extension"),
        ("pathlib:", "pathlib: cannot be loaded"),
        (":X", ":X cannot be loaded"),
    ],
)
def test_a_wrong_name_is_told(name: str, said: str) -> None:
    """A slip in a variable would start an assistant without the department, or end in a stack trace."""
    with pytest.raises(ExtensionError) as caught:
        load_extensions([name])
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "version", "owner"),
    [("", "1", "a"), ("x", " ", "a"), ("x", "1", ""), ("openai", "1", "a"), ("countersign", "1", "a")],
)
def test_an_extension_without_name_version_or_owner_is_refused(name: str, version: str, owner: str) -> None:
    """The log could not say what was loaded, and nobody would answer for it."""
    with pytest.raises(ExtensionError):
        Extension(name, version, owner)


def test_the_digest_changes_with_any_file_of_the_package(site: Path) -> None:
    """Code that was changed without a new version would not be seen in the log."""
    package = site / "garage"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "helper.py").write_text("A = 1\n", encoding="utf-8")
    (package / "extension.py").write_text(GOOD.format(name="garage"), encoding="utf-8")
    before = load_extensions(["garage.extension:EXTENSION"])[0]
    assert compute_extension_digest(before.extension, "garage.extension") == before.digest
    (package / "helper.py").write_text("A = 2\n", encoding="utf-8")
    assert compute_extension_digest(before.extension, "garage.extension") != before.digest


def test_tools_that_are_no_extension_yet_can_be_tried() -> None:
    """Rules for a tool could not be written before its extension is done."""
    (loose,) = load_loose_tools(["countersign.tools.toolsets.support.vouchers:TOOLS"])
    assert [spec.name for spec in loose.tools] == ["vouchers.issue", "vouchers.cancel"]
    for place in ("pathlib:Path", "countersign.tools.toolsets.support.vouchers:VOUCHER_FIELDS", "nothing"):
        with pytest.raises(ExtensionError):
            load_loose_tools([place])


@pytest.mark.parametrize("department", ["support", "finance", "legal"])
def test_each_department_can_stand_alone(department: str) -> None:
    """A house that wants one department would have to take all three."""
    content = load_content([department])
    assert list(content.agents) == [department]
    assert {loaded.extension.name for loaded in content.extensions} == {"shared", department}
