"""The intent files: what people write there is checked, and errors name the file and the item."""

import shutil
from pathlib import Path

import pytest
from countersign.agents.intents import INTENTS
from countersign.agents.routing.intents import IntentFolder, load_catalogue
from countersign.agents.routing.rules import load_rules
from countersign.policies.errors import BadInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped intent files, to be spoiled."""
    for name in INTENTS.files:
        shutil.copy(INTENTS.path / name, tmp_path / name)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    """Replace one passage, which must be there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_shipped_intents_cover_what_the_agents_do() -> None:
    """Would break if an agent lost an intent, or an intent its playbook."""
    catalogue = load_catalogue(INTENTS)
    assert {catalogue.intents[i].playbook for i in ("contract_review", "invoice_exception", "refund")} == {
        "contract_review",
        "invoice_exception",
        "refund",
    }
    assert {catalogue.agent(i) for i in catalogue.intents} == {"legal", "finance", "support", None}
    assert len(list(catalogue.intents["out_of_scope"].messages())) >= 120
    assert all(len(list(intent.messages())) >= 40 for intent in catalogue.intents.values())


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("legal.yaml", "acts: true", "akts: true", ["legal.yaml", "contract_review", "akts"]),
        ("legal.yaml", "- review CON-0012\n", "- Please  refund ORD-20551\n", ["support.yaml", "refund"]),
        ("finance.yaml", "id: post_invoice", "id: refund", ["support.yaml", "refund", "twice"]),
        ("support.yaml", "agent: support", "agent: 7", ["support.yaml", "agent"]),
        ("shared.yaml", "  - id: greeting", "  - id: [", ["shared.yaml", "YAML"]),
    ],
)
def test_a_mistake_is_named(folder: Path, name: str, old: str, new: str, told: list[str]) -> None:
    """Would break if a bad key, a duplicate example or intent, or broken YAML were accepted or told vaguely."""
    change(folder / name, old, new)
    with pytest.raises(BadInput) as caught:
        load_catalogue(IntentFolder(folder, INTENTS.files))
    assert [word for word in told if word not in str(caught.value)] == []


def test_too_few_examples_are_refused(folder: Path) -> None:
    """Would break if an intent could be trained on a handful of messages."""
    lines = (folder / "legal.yaml").read_text().splitlines()
    start = lines.index("  - id: legal_note")
    (folder / "legal.yaml").write_text("\n".join(lines[: start + 20]) + "\n")
    with pytest.raises(BadInput, match=r"legal\.yaml: intent legal_note.*at least 40"):
        load_catalogue(IntentFolder(folder, INTENTS.files))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("refund: refund", "refund: refnd", "no intent 'refnd'"),
        ("@", "@", "no agent 'sales'"),
        ('begins: "send', 'begins: "(send', "not a regular expression"),
        ("  accept: 0.45 ", "  accept: 45 ", "accept"),
        ("id: post-named-invoice", "id: close-named-ticket", "twice"),
        ("    intent: post_invoice", "    among: [post_invoice]", "either"),
    ],
)
def test_a_mistake_in_the_rules_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    """Would break if a rule could name an intent that does not exist, or a pattern that does not compile."""
    path = tmp_path / "rules.yaml"
    shutil.copy(INTENTS.rules, path)
    change(path, old, new)
    if "sales" in told:
        change(path, "{legal: legal,", "{legal: sales,")
    with pytest.raises(BadInput, match=told):
        load_rules(path, load_catalogue(INTENTS))
