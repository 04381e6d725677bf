"""What README, CONTRIBUTING and the pages of docs/ tell people to type, to read and to follow is so."""

import os
import re
import shlex
import textwrap
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import reference_pages
from countersign.app.cli.main import app
from countersign.app.terminal.root_group import hoist_options
from countersign.policies.audit.readers import RECORD_KINDS
from data_folder import copy_of
from package_order import FLOORS, PACKAGES
from transcripts import Player, Step, WrongTranscript, read_steps
from typer.main import get_command

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
PYTHON = re.compile(r"^(<!-- not run: .+ -->\n)?```python\n(.*?)^```", re.M | re.S)
PATH = re.compile(r"`((?:agents|app|benchmarks|docs|examples|graphs|memory|policies|tests|tools)/[\w./-]+)`")
INVENTED = {"tools/toolsets/support/parking.py", "graphs/handlers/support/parking.py"}
"""Files that pages tell people to write."""
TRANSCRIPTS = [page for page in PAGES if "```console\n" in page.read_text("utf-8")]
RUNNABLE = [page for page in PAGES if PYTHON.search(page.read_text("utf-8"))]


@pytest.fixture
def folder(untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a reader stands who has just begun: a data folder of the sample company, no settings, the shipped packs."""
    for name in list(os.environ):
        if name.startswith(("COUNTERSIGN_", "OPENAI_")):
            monkeypatch.delenv(name)
    copy_of(untouched, tmp_path / ".countersign")
    for name in ("policies", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
def test_paths_that_are_named_are_there(page: Path) -> None:
    """A benchmark, a test or a module that was moved is named where it is now."""
    for path in PATH.findall(page.read_text("utf-8")):
        assert path in INVENTED or (ROOT / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_can_be_typed(page: Path) -> None:
    """Every command in a block exists, with its options and as many arguments as it takes."""
    for block in BLOCK.findall(page.read_text("utf-8")):
        for line in block.splitlines():
            if line.removeprefix("$ ").startswith("countersign "):
                _parsed(line.removeprefix("$ "))


def test_commands_that_messages_name_are_there() -> None:
    """A message that sends people to a command which there is not is worse than none."""
    named: set[str] = set()
    for room in FLOORS:
        for path in [*(ROOT / room).rglob("*.py"), *(ROOT / room).rglob("*.tmpl")]:
            named |= set(re.findall(r"`(countersign [a-z][^`\n]*)`", path.read_text("utf-8")))
    assert "countersign catch-up" in named
    unknown = [line for line in named if "No such" in _find_mistake(re.sub(r"\{[^}]*\}", "X", line))]
    assert not unknown


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", TRANSCRIPTS, ids=[str(page.relative_to(ROOT)) for page in TRANSCRIPTS])
def test_transcripts_are_what_is_printed(page: Path) -> None:
    """Who follows a page sees what it shows; an answer that reads otherwise now is shown so."""
    player = Player()
    for step in read_steps(page.read_text("utf-8")):
        player.play(step)
    assert player.exit_code == 0


@pytest.mark.usefixtures("folder")
def test_a_wrong_transcript_is_noticed() -> None:
    """The check above can fail: on another word, a line too few, another name, an end that is not shown."""
    player = Player()
    player.play(Step("echo REV-0123456789ab", printed=["REV-abcdefabcdef"]))
    for printed in (["REV-aaaaaaaaaaaa"], ["REV-abcdefabcdef", "more"], [], ["…", "more"]):
        with pytest.raises(WrongTranscript):
            player.play(Step("echo REV-0123456789ab", printed=printed))
    player.play(Step("countersign nothing", printed=["…"]))
    with pytest.raises(WrongTranscript, match="ended with 2"):
        player.play(Step("echo", printed=[]))


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


def test_the_floors_are_on_the_page() -> None:
    """Who reads where a package may import from finds all packages, in the order that is held."""
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    rows = page.partition("## The floors")[2].partition("\n## ")[0]
    found, room = [], ""
    for first, names in re.findall(r"^\| ([^|]*) ?\| ([^|]*) \|", rows, re.M):
        named = re.match(r"\*\*(\w+)\*\*", first)
        room = named[1] if named else room
        found += [f"{room}.{name}" for name in re.findall(r"`(\w+)`", names)]
    assert found == list(dict.fromkeys(".".join(name.split(".")[:2]) for name in PACKAGES if "." in name))


def test_the_doors_are_four() -> None:
    """Each kind of reader finds their own at once."""
    titles = re.findall(r"^## (.+)$", (ROOT / "docs" / "index.md").read_text("utf-8"), re.M)
    assert titles == [
        "For those with work to do",
        "For reviewers and owners of rules",
        "For engineers",
        "For auditors",
    ]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", RUNNABLE, ids=[str(page.relative_to(ROOT)) for page in RUNNABLE])
def test_python_that_is_shown_runs(page: Path, folder: Path) -> None:
    """Who copies a block gets on; a block that needs more than a page can give says so in a comment above it."""
    packs = folder / "my-packs"
    packs.mkdir()
    for pack in (ROOT / "policies" / "packs").glob("*.yaml"):
        (packs / pack.name).write_text(pack.read_text("utf-8"), "utf-8")
    for left_out, block in PYTHON.findall(page.read_text("utf-8")):
        if not left_out:
            exec(compile(block, str(page), "exec"), {"__name__": "__main__"})  # noqa: S102 - our own pages


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_python_that_is_shown_is_python(page: Path) -> None:
    """A block that cannot be read as Python was never tried."""
    for block in re.findall(r"^ *```python\n(.*?)^ *```", page.read_text("utf-8"), re.M | re.S):
        compile(textwrap.dedent(block), str(page), "exec")


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.parent.name == "reference"], ids=lambda page: page.stem
)
def test_the_reference_is_what_the_program_says(page: Path) -> None:
    """`make reference` was run after the last change of a command, a tool or a key of packs."""
    text = page.read_text("utf-8")
    assert text == reference_pages.render_page(text)


def test_every_kind_of_record_is_on_its_page() -> None:
    """An auditor who meets a kind in the log finds what it means."""
    page = (ROOT / "docs" / "reference" / "records.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", page, re.M)) == RECORD_KINDS


def test_what_cannot_be_typed_is_noticed() -> None:
    """The check above can fail."""
    for line in ("countersign nothing", "countersign audit verify --nothing", "countersign reviews approve"):
        with pytest.raises(Exception, match=r"(?i)no such|missing"):
            _parsed(line)


def _find_mistake(line: str) -> str:
    """What is wrong with a command line; empty when nothing is."""
    try:
        _parsed(line)
    except Exception as error:  # noqa: BLE001 - the library has a type for each mistake
        return str(error)
    return ""


def _parsed(line: str) -> None:
    words = takewhile(lambda word: word not in ("<", ">", "|"), shlex.split(line, comments=True)[1:])
    args = hoist_options(list(words))
    while args[0].startswith("--"):
        args = args[1:] if args[0] == "--json" else args[2:]
    command: Any = get_command(app)
    context: Any = command.make_context("countersign", ["users"])
    while hasattr(command, "commands"):
        if not args or args[0].startswith("-"):  # a group that answers by itself
            command.make_context(command.name, list(args), parent=context)
            return
        _, command, args = command.resolve_command(context, args)
        if hasattr(command, "commands"):
            context = command.context_class(command, parent=context, info_name=command.name)
        else:
            command.make_context(command.name, list(args), parent=context)
