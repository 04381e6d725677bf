"""What README, CONTRIBUTING and the pages of docs/ tell people to type and to follow is there."""

import re
import shlex
import textwrap
from pathlib import Path
from typing import Any

import pytest
from countersign.app.cli.main import app
from countersign.app.terminal.root_group import hoist_options
from typer.main import get_command

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    """A reader who follows a link within the project finds the file, and the section in it."""
    for link in LINK.findall(page.read_text("utf-8")):
        if "://" in link:
            continue
        name, _, section = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if section:
            titles = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.M)
            assert section in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles], link


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_can_be_typed(page: Path) -> None:
    """Every command in a block exists, with its options and as many arguments as it takes."""
    for block in BLOCK.findall(page.read_text("utf-8")):
        for line in block.splitlines():
            if line.startswith("countersign "):
                _parsed(line)


def test_the_readme_fits() -> None:
    """A first page that nobody reads to its end hides what matters."""
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_every_page_is_reached_from_the_index() -> None:
    """A page that nothing leads to is read by nobody and grows stale."""
    index = ROOT / "docs" / "index.md"
    reached, ahead = {index}, [index]
    while ahead:
        page = ahead.pop()
        for link in LINK.findall(page.read_text("utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target not in reached and target.is_relative_to(ROOT / "docs"):
                reached.add(target)
                ahead.append(target)
    decisions = ROOT / "docs" / "decisions"
    pages = {page.resolve() for page in (ROOT / "docs").rglob("*.md") if not page.is_relative_to(decisions)}
    assert pages <= reached, sorted(str(page.relative_to(ROOT)) for page in pages - reached)


def test_the_departments_doors_are_four() -> None:
    """Each kind of reader finds their own at once."""
    titles = re.findall(r"^## (.+)$", (ROOT / "docs" / "index.md").read_text("utf-8"), re.M)
    assert titles == [
        "For those with work to do",
        "For reviewers and owners of rules",
        "For engineers",
        "For auditors",
    ]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_python_that_is_shown_is_python(page: Path) -> None:
    """A block that cannot be read as Python was never tried."""
    for block in re.findall(r"^ *```python\n(.*?)^ *```", page.read_text("utf-8"), re.M | re.S):
        compile(textwrap.dedent(block), str(page), "exec")


def test_what_cannot_be_typed_is_noticed() -> None:
    """The check above can fail."""
    for line in ("countersign nothing", "countersign audit verify --nothing", "countersign reviews approve"):
        with pytest.raises(Exception, match=r"(?i)no such|missing"):
            _parsed(line)


def _parsed(line: str) -> None:
    args = hoist_options(shlex.split(line, comments=True)[1:])
    while args[0].startswith("--"):
        args = args[1:] if args[0] == "--json" else args[2:]
    command: Any = get_command(app)
    context: Any = command.make_context("countersign", ["users"])
    while hasattr(command, "commands"):
        if not args:
            return  # a group that answers by itself
        _, command, args = command.resolve_command(context, args)
        if hasattr(command, "commands"):
            context = command.context_class(command, parent=context, info_name=command.name)
        else:
            command.make_context(command.name, list(args), parent=context)
