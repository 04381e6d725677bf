"""`countersign init --pilot` sets up a house with one person, who countersigns nothing and can prove that."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from command_line import run_cli

BEGIN = ("init", "--pilot", "--user", "ana.sousa", "--role", "support_agent", "--limit", "250")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pilot in which one refund went through, and one waits."""
    home = tmp_path_factory.mktemp("pilot") / "home"
    begun = run_cli(*BEGIN, home=home)
    assert begun.exit_code == 0, begun.stderr
    done = run_cli("ask", "refund 120 EUR on order 8841 because it arrived broken", home=home, user="ana.sousa")
    assert done.exit_code == 0, done.stderr
    waits = run_cli("ask", "refund 150 EUR on order 8841 because it arrived broken", home=home, user="ana.sousa")
    assert "Waiting for a countersignature" in waits.stdout
    return home


def list_effects(home: Path) -> list[dict[str, object]]:
    """The calls of the house, the newest first."""
    found = run_cli("--json", "effects", "list", home=home, user="ana.sousa")
    listed: list[dict[str, object]] = json.loads(found.stdout)
    return listed


def test_its_receipt_says_that_nobody_countersigned(house: Path, tmp_path: Path) -> None:
    """An auditor must not take a pilot's act for a signed one."""
    act = next(item for item in list_effects(house) if item["state"] == "succeeded")
    file, keys = tmp_path / "receipt.json", tmp_path / "keys.json"
    assert run_cli("receipt", str(act["digest"])[:8], "--out", str(file), home=house, user="ana.sousa").exit_code == 0
    assert run_cli("keys", "export", str(keys), home=house, user="ana.sousa").exit_code == 0
    verified = run_cli("verify", str(file), "--keys", str(keys))
    assert verified.exit_code == 0, verified.stderr
    assert "refunds.issue, asked for by ana.sousa (halden-birch): pilot: not countersigned." in verified.stdout
    told = json.loads(run_cli("--json", "verify", str(file), "--keys", str(keys)).stdout)
    assert (told["standing"], told["rules"]) == ("pilot: not countersigned", ["pilot.refunds.issue"])
    file.write_text(file.read_text("utf-8").replace("pilot: not", "policy: not"), encoding="utf-8")
    assert run_cli("verify", str(file), "--keys", str(keys)).exit_code == 6


def test_nobody_countersigns_himself_there_either(house: Path) -> None:
    """With a second account, the one person would be two."""
    waiting = next(item for item in list_effects(house) if item["state"] == "intended")
    review = str(waiting["review"])
    assert run_cli("reviews", "approve", review, home=house, user="ana.sousa").exit_code == 3
    people = house / "pilot" / "people.yaml"
    before = people.read_text("utf-8")
    told = yaml.safe_load(before)
    second = {"id": "ana.second", "name": "Ana", "human": "ana.sousa", "roles": ["employee", "support_manager"]}
    people.write_text(yaml.safe_dump({"people": [*told["people"], second]}), encoding="utf-8")
    assert run_cli("reviews", "approve", review, home=house, user="ana.second").exit_code == 3
    third = {"id": "tom.reed", "name": "Tom Reed", "roles": ["employee", "support_manager"]}
    people.write_text(yaml.safe_dump({"people": [*told["people"], third]}), encoding="utf-8")
    approved = run_cli("reviews", "approve", review, home=house, user="tom.reed")
    assert approved.exit_code == 0, approved.stderr
    assert next(item for item in list_effects(house) if item["review"] == review)["state"] == "succeeded"
    people.write_text(before, encoding="utf-8")


def test_the_log_says_when_other_people_came(house: Path) -> None:
    """A second person that was made up for one signature leaves a trace."""
    people = house / "pilot" / "people.yaml"
    before = people.read_text("utf-8")
    auditor = {"id": "eva.ruhl", "name": "Eva Ruhl", "roles": ["employee", "auditor"]}
    told = yaml.safe_load(before)
    people.write_text(yaml.safe_dump({"people": [*told["people"], auditor]}), encoding="utf-8")
    assert run_cli("ask", "where is order 8841?", home=house, user="ana.sousa").exit_code == 0
    shown = run_cli("--json", "audit", "show", "--kind", "extensions", home=house, user="eva.ruhl")
    people.write_text(before, encoding="utf-8")
    listed = json.loads(shown.stdout)
    versions = [item["version"] for one in listed for item in one["body"]["extensions"] if item["name"] == "pilot"]
    assert len(set(versions)) >= 2


def test_the_rules_it_writes_are_sound(house: Path) -> None:
    """They are an extension's, and nothing starts on rules that fail their own cases."""
    checked = run_cli("policy", "check", home=house)
    assert checked.exit_code == 0, checked.stdout + checked.stderr
    pack = yaml.safe_load((house / "pilot" / "pack.yaml").read_text("utf-8"))
    assert [rule["lifts"] for rule in pack["rules"]] == [["support.refund.medium"], ["support.voucher.large"]]
    assert [case["expect"] for case in pack["cases"]] == ["allow", "review", "review"] * 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("init",), "Give either NAME"),
        (("init", "desk", "--pilot"), "Give either NAME"),
        (("init", "desk", "--limit", "5"), "belong to --pilot"),
        (BEGIN[:2], "needs --user"),
        ((*BEGIN[:-2],), "needs --limit"),
        ((*BEGIN[:-1], "a lot"), "'a lot' is no amount"),
        ((*BEGIN[:-1], "1,50"), "'1,50' is no amount"),
        ((*BEGIN[:-1], "0"), "above zero"),
        ((*BEGIN[:-1], "20"), "a pilot would change nothing"),
        ((*BEGIN, "--until", "soon"), "'soon' is no day"),
        ((*BEGIN, "--until", "2020-01-01"), "The last day must be from"),
        ((*BEGIN, "--until", str((datetime.now(UTC) + timedelta(days=400)).date())), "The last day must be from"),
        ((*BEGIN, "--role", "emperor"), "No rule speaks of the role 'emperor'"),
        (("init", "--pilot", "--user", "Ana Sousa", *BEGIN[4:]), "is no user id"),
    ],
)
def test_what_cannot_be_a_pilot_is_refused(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """A pilot that is not what its person thinks it is would allow the wrong things."""
    found = run_cli(*words, home=tmp_path / "home")
    assert (found.exit_code, said in found.stderr) == (2, True), found.stderr
    assert not (tmp_path / "home" / "pilot").exists()


def test_a_folder_that_was_used_becomes_no_pilot(house: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its rules would be loosened behind the back of those who sign their changes."""
    found = run_cli(*BEGIN, home=house)
    assert (found.exit_code, "has been used already" in found.stderr) == (2, True)
    assert run_cli(*BEGIN, home=tmp_path).exit_code == 0
    again = run_cli(*BEGIN, home=tmp_path)
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)
    monkeypatch.setenv("COUNTERSIGN_PACKS", str(tmp_path))
    other = run_cli(*BEGIN, home=tmp_path / "other")
    assert (other.exit_code, "unset COUNTERSIGN_DATABASE_URL" in other.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("people: [", "is no YAML"),
        ("people: []", "at least 1 item"),
        ("people: [{id: a, name: A, roles: [employee], boss: yes}]", "Extra inputs"),
        ("people: [{id: a, name: A, roles: [x]}, {id: a, name: B, roles: [x]}]", "stands in it twice"),
        ("people: [{id: a, name: A, roles: [x], manager: b}]", "has the manager b"),
        ("people: [{id: a, name: A, roles: [x], human: b}]", "is an account of b"),
    ],
)
def test_a_people_file_that_cannot_be_used_stops_the_start(tmp_path: Path, text: str, said: str) -> None:
    """On half of the people, somebody would be asked who is not there."""
    assert run_cli(*BEGIN, home=tmp_path).exit_code == 0
    (tmp_path / "pilot" / "people.yaml").write_text(text, encoding="utf-8")
    found = run_cli("ask", "hello", home=tmp_path, user="a")
    assert (found.exit_code, said in found.stderr) == (2, True), found.stderr


def test_half_a_pilot_stops_the_start(tmp_path: Path) -> None:
    """Without its people file the sample company's people would work there."""
    assert run_cli(*BEGIN, home=tmp_path).exit_code == 0
    (tmp_path / "pilot" / "people.yaml").unlink()
    found = run_cli("ask", "hello", home=tmp_path, user="mara.voss")
    assert (found.exit_code, "lacks people.yaml" in found.stderr) == (2, True), found.stderr
