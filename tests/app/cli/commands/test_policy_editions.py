"""`policy adopt`, `rollback` and `editions`: other rules come into force by the hands of those who may."""

import json
import shutil
from pathlib import Path

import pytest
from command_line import Cli
from countersign.policies.rules.loader import DEFAULT_PACKS

SIGNED = "\nchanges:\n  reviewers: [controller]\n"


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """The default packs, to be changed."""
    return Path(shutil.copytree(DEFAULT_PACKS, tmp_path / "packs"))


def edit(folder: Path, before: str, after: str, name: str = "support.yaml") -> None:
    """Changes one pack."""
    path = folder / name
    said = path.read_text()
    assert before in said
    path.write_text(said.replace(before, after))


def owner_of(cli: Cli) -> str:
    """Somebody who owns rules."""
    found = json.loads(cli("--json", "users").stdout)
    return next(str(person["user_id"]) for person in found if "policy_owner" in person["roles"])


def test_rules_change_and_change_back(cli: Cli, packs: Path) -> None:
    """The whole way: adopt, see, be asked for signatures, sign, roll back."""
    assert cli("ask", "hello", user="mara.voss").exit_code == 0
    owner = owner_of(cli)
    edit(packs, 'version: "1.0"\nowner: support_manager', f'version: "1.1"\nowner: support_manager{SIGNED}')
    adopted = cli("--json", "policy", "adopt", str(packs), user=owner)
    assert adopted.exit_code == 0, adopted.stderr
    first = json.loads(adopted.stdout)
    assert (first["state"], first["review_id"]) == ("in force", "")
    edit(packs, 'version: "1.1"', 'version: "1.2"')
    asked = json.loads(cli("--json", "policy", "adopt", str(packs), user=owner).stdout)
    assert asked["state"] == "proposed"
    shown = cli("reviews", "show", asked["review_id"], user="karl.weiss")
    assert "policy.adopt" in shown.stdout
    states = [item["state"] for item in json.loads(cli("--json", "policy", "editions", user=owner).stdout)]
    assert states == ["former", "in force", "proposed"]
    signed = cli("reviews", "approve", asked["review_id"], user="karl.weiss")
    assert signed.exit_code == 0, signed.stderr
    found = json.loads(cli("--json", "policy", "editions", user=owner).stdout)
    assert [(item["state"], item["revision"]) for item in found][-1] == ("in force", asked["revision"])
    back = json.loads(cli("--json", "policy", "rollback", user=owner).stdout)
    assert (back["state"], back["revision"]) == ("proposed", first["revision"])
    assert "in force" in cli("policy", "editions", user=owner).stdout
    assert cli("audit", "verify", user="olga.reis").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "user", "code", "said"),
    [
        (("policy", "adopt", "nowhere"), "", 4, "no such policy pack"),
        (("policy", "adopt", str(DEFAULT_PACKS)), "mara.voss", 3, "owns no pack or rule"),
        (("policy", "rollback", "123456789abc"), "", 2, "no former rules"),
    ],
)
def test_what_cannot_be_done_is_said(cli: Cli, arguments: tuple[str, ...], user: str, code: int, said: str) -> None:
    """With the exit code of its kind."""
    assert cli("ask", "hello", user="mara.voss").exit_code == 0
    result = cli(*arguments, user=user or owner_of(cli))
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr


def test_packs_whose_cases_fail_are_not_adopted(cli: Cli, packs: Path) -> None:
    """A threshold that somebody mistyped is found before it holds."""
    assert cli("ask", "hello", user="mara.voss").exit_code == 0
    edit(packs, "when: args.amount_minor > 10000 &&", "when: args.amount_minor > 20000 &&")
    result = cli("policy", "adopt", str(packs), user=owner_of(cli))
    assert result.exit_code == 4
    assert "not put in force" in result.stderr
