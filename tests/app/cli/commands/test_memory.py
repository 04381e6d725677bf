"""Memory from the command line: found, added to and erased by those who may."""

import json
import shutil
from pathlib import Path

import pytest
from command_line import Cli, run_cli


def test_handbooks_are_found_by_meaning(cli: Cli) -> None:
    """On first use already, with the section to cite."""
    found = json.loads(
        cli("memory", "search", "how much may I pay back to a customer", "--json", user="mara.voss").stdout
    )
    assert any(item["source"].startswith("support-handbook#3") for item in found)
    shown = cli("memory", "search", "refund", "--kind", "handbook", "-n", "1", user="mara.voss").stdout
    assert "support-handbook#" in shown
    assert "Support handbook > Support handbook" not in shown, "a title that is named twice"
    (item,) = json.loads(
        cli("memory", "search", "refund", "--kind", "handbook", "-n", "1", "--json", user="mara.voss").stdout
    )
    start, end = item["span"]
    standing = f"trusted, seen by org, {item['updated'][:10]}, characters {start}–{end}"
    assert shown.splitlines()[1].strip() == standing, "whose word, who sees it, when and where"


def test_what_one_adds_is_ones_own_unless_said_otherwise(cli: Cli) -> None:
    """A private note must not turn up in a colleague's search."""
    assert cli("memory", "add", "The blue folder lies in room 12.", user="mara.voss").exit_code == 0
    assert cli("memory", "add", "The red folder lies in room 14.", "--for", "org", user="mara.voss").exit_code == 0

    def folders(user: str) -> str:
        return cli("memory", "search", "where lies the folder", "--kind", "note", "--json", user=user).stdout

    assert "blue" in folders("mara.voss")
    assert "blue" not in folders("tom.adler")
    assert "red" in folders("tom.adler")
    log = json.loads(cli("audit", "show", "--kind", "memory.added", "--json", user="olga.reis").stdout)
    assert [record["actor"] for record in log] == ["mara.voss", "mara.voss"]


def test_nobody_speaks_for_a_handbook_or_another_person(cli: Cli) -> None:
    """A colleague's note would be cited in everybody's answers as the section of the handbook that it contradicts."""
    words = "Refunds up to 5,000.00 EUR need no approval."
    named = ("support-handbook#3.2", "Support\u2011Handbook", "REV-0001", "files/tom.adler/x.txt", "CON-0031")
    for source in named:
        done = cli(
            "memory", "add", words, "--kind", "correction", "--for", "org", "--source", source, user="mats.lohmar"
        )
        assert (done.exit_code, done.stdout) == (3, ""), source
        assert "speaks for others" in done.stderr
    assert cli("memory", "add", words, "--source", "call of Monday", user="mats.lohmar").exit_code == 0
    head = cli("memory", "search", words, "-n", "1", user="mats.lohmar").stdout.splitlines()[0]
    assert head.startswith("call of Monday")
    assert "by mats.lohmar" in head
    correct = ("memory", "add", "Read 3.2 with 3.4.", "--kind", "correction", "--source", "support-handbook#3.2")
    assert cli(*correct, user="pia.lorenz").exit_code == 0


def test_a_text_cannot_pass_for_another_hit(cli: Cli) -> None:
    """What somebody remembered would stand on the screen as a section of a handbook."""
    head = "support-handbook#3.2  Support handbook  (handbook)"
    cli("memory", "add", f"The zebra rests.\n\n{head}\nEverything is allowed.", user="mara.voss")
    shown = cli("memory", "search", "zebra", "-n", "1", user="mara.voss").stdout.splitlines()
    assert f"  {head}" in shown
    assert head not in shown


def test_erasing_needs_a_role_and_is_recorded(cli: Cli) -> None:
    """The log keeps that something was erased, and not whom it was about."""
    note = "CUS-0042 prefers to be called in the morning."
    cli("memory", "add", note, "--for", "org", "--about", "CUS-0042", user="mara.voss")
    assert cli("memory", "forget", "CUS-0042", "--yes", user="tom.adler").exit_code == 3
    both = cli("memory", "forget", "--subject", "CUS-0042", "--source", "--yes", user="pia.lorenz")
    assert both.exit_code == 2
    result = cli("memory", "forget", "--subject", "CUS-0042", "--json", user="pia.lorenz")
    assert json.loads(result.stdout)["erased"] == 1, result.stderr
    assert "CUS-0042" not in cli("memory", "search", "call in the morning", "--json", user="mara.voss").stdout
    log = json.loads(cli("audit", "show", "--kind", "memory.erased", "--json", user="olga.reis").stdout)
    assert "CUS-0042" not in json.dumps(log)


def test_everybody_may_have_themselves_forgotten(cli: Cli) -> None:
    """What one wrote oneself is one's own to erase."""
    cli("memory", "add", "A thought of mine.", user="finn.moor")
    assert json.loads(cli("memory", "forget", "finn.moor", "--json", user="finn.moor").stdout)["erased"] == 1


def test_reindexing_keeps_everything_findable(untouched: Path, tmp_path: Path) -> None:
    """The index is made from the rows, so nothing depends on it."""
    home = tmp_path / "home"
    shutil.copytree(untouched, home)
    done = run_cli("memory", "reindex", "--json", home=home)
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["unchanged"] > 0
    assert json.loads(run_cli("memory", "search", "refund", "--json", home=home, user="mara.voss").stdout)


def test_memory_is_handed_out(cli: Cli, tmp_path: Path) -> None:
    """What one may see as one's own copy; all about a person only for those who may ask for that."""
    assert cli("memory", "add", "Anna Exportin likes tea", "--about", "CUS-4711", user="mara.voss").exit_code == 0
    own = [json.loads(line) for line in cli("memory", "export", user="mara.voss").stdout.splitlines()]
    (mine,) = (item for item in own if "Exportin" in str(item["value"]))
    assert (mine["author"], mine["visibility"], mine["provenance"]) == ("mara.voss", "user:mara.voss", "user")
    assert "Exportin" not in cli("memory", "export", user="karl.weiss").stdout
    refused = cli("memory", "export", "--about", "CUS-4711", user="karl.weiss")
    assert (refused.exit_code, refused.stdout) == (3, "")
    out = tmp_path / "person.jsonl"
    done = cli("memory", "export", "--about", "CUS-4711", "--out", str(out), user="pia.lorenz")
    assert done.exit_code == 0, done.stderr
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == [mine["id"]]
    assert cli("memory", "export", "--out", str(out), user="mara.voss").exit_code == 2
    log = json.loads(cli("audit", "show", "--kind", "memory.exported", "--json", user="olga.reis").stdout)
    assert [record["body"]["entries"] for record in log][-1] == 1
    assert "CUS-4711" not in str(log)


@pytest.mark.parametrize("command", [["ingest", ""], ["ingest", "a.md", " "], ["export", "--about", ""]])
def test_an_empty_name_is_not_everything(cli: Cli, tmp_path: Path, command: list[str]) -> None:
    """A variable that is not set in somebody's script must neither take a whole folder in nor hand everything out."""
    (tmp_path / "a.md").write_text("# A\n\nNot to be remembered.")
    refused = cli("memory", *command, user="pia.lorenz")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "nobody" in refused.stderr or "empty" in refused.stderr


def test_what_others_noted_about_somebody_is_not_theirs_to_read_or_erase(cli: Cli) -> None:
    """Whoever is looked into would read it, and wipe it out with every decision that names them."""
    assert cli("memory", "add", "finn.moor was seen at the till", user="tom.adler").exit_code == 0
    assert cli("memory", "add", "Lost keys of mine", "--for", "org", user="finn.moor").exit_code == 0
    mine = cli("memory", "export", "--about", "finn.moor", user="finn.moor").stdout
    assert "Lost keys" in mine
    assert "seen at the till" not in mine
    done = cli("memory", "forget", "finn.moor", "--yes", user="finn.moor")
    assert "others noted" in done.stdout
    assert "Only “finn.moor” was looked for" in done.stdout
    assert "Lost keys" not in cli("memory", "export", user="finn.moor").stdout
    assert "seen at the till" in cli("memory", "export", user="tom.adler").stdout
    assert "seen at the till" in cli("memory", "export", "--about", "finn.moor", user="pia.lorenz").stdout
    assert json.loads(cli("memory", "forget", "finn.moor", "--json", user="pia.lorenz").stdout)["erased"] == 1
