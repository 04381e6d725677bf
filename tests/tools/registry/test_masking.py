"""Tokens at the tools' door: a body gets the value only where a pack says so; all that is kept has the token."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.proposal import Effect
from countersign.policies.errors import BadInput
from countersign.policies.filters.masker import Masker
from countersign.policies.filters.tokens import TOKEN, find_tokens
from countersign.policies.filters.vault import Vault
from countersign.policies.rules.loader import load_packs
from countersign.policies.storage.database import begin_read
from countersign.tools.ledger.entry import table
from countersign.tools.outcome import Grant, Outcome, Status
from countersign.tools.registry.registry import Registry
from countersign.tools.spec import Arguments, Result, ToolContext, tool
from databases import Databases
from pydantic import Field
from services import NOW, Office
from sqlalchemy import select

MARA, KARL = "mara.voss", "karl.weiss"
CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
PLAIN_CARD, PLAIN_IBAN = CARD.replace(" ", ""), IBAN.replace(" ", "")
PACK = """
pack: open
version: "1.0"
owner: policy_owner
description: Everything goes through; cards and accounts are masked, and one tool charges cards.
filters:
  mask: [card, iban, secret]
  raw:
    - {tools: [cards.charge], kinds: [card], reason: The card system charges cards.}
    - {tools: [accounts.*], kinds: [iban], roles: [controller], reason: Controllers pay.}
rules:
  - id: open.everything
    description: Everything goes through.
    owner: policy_owner
    source: it-handbook#2.1
    tools: ["*"]
    effect: allow
    reason: Tests of the veil need no other rules.
"""
GOT: list[Any] = []


class Charge(Arguments):
    """What is charged."""

    card: str
    note: str = ""


class Pay(Arguments):
    """Who is paid; the number must look like one."""

    iban: Annotated[str, Field(pattern=r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$")]


class Done(Result):
    """What came of it."""

    said: str


@tool("cards.charge", effect=Effect.WRITE, owner="o", system="cards", summary="Charge {card}", timeout=5.0)
def charge(args: Charge, context: ToolContext) -> Done:  # noqa: ARG001 - a body takes both
    """Charges a card."""
    GOT.append(args.model_dump())
    return Done(said=f"charged {args.card}, {args.card[:4]} {args.card[4:8]} {args.card[8:12]} {args.card[12:]}")


@tool("notes.write", effect=Effect.WRITE, owner="o", system="notes", summary="Note {note}", timeout=5.0)
def write(args: Charge, context: ToolContext) -> Done:  # noqa: ARG001
    """Writes a note."""
    GOT.append(args.model_dump())
    raise BadInput(f"The card {PLAIN_CARD} is refused.")


@tool("accounts.pay", effect=Effect.WRITE, owner="o", system="bank", summary="Pay {iban}", timeout=5.0,
      facts=lambda args, _: {"account": {"iban": args.iban, "country": args.iban[:2]}})  # fmt: skip
def pay(args: Pay, context: ToolContext) -> Done:  # noqa: ARG001
    """Pays somebody."""
    GOT.append(args.model_dump())
    return Done(said="paid")


class Veiled:
    """An office whose registry has a veil."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        (folder / "veiled.yaml").write_text(PACK)
        self.policy = load_packs([folder / "veiled.yaml"])
        self.vault = Vault(office.engine, lambda: b"k" * 32)
        office.__dict__["registry"] = self.registry = Registry(
            office.specs,
            policy=lambda: self.policy,
            services=office.services,
            ledger=office.ledger,
            reviews=office.reviews,
            audit=office.audit,
            now=lambda: NOW,
            masker=Masker(self.vault, lambda: self.policy.masking),
        )

    def kept(self) -> str:
        """Everything in the log and the ledger."""
        with begin_read(self.office.engine) as connection:
            ledger = connection.execute(select(table)).all()
        return canonicalize([record.data for record in self.office.audit.records()]) + str(ledger)


@pytest.fixture
def veiled(tmp_path: Path, company_file: Path, databases: Databases) -> Iterator[Veiled]:
    databases.url(tmp_path / "countersign.db")
    office = Office.open(tmp_path, company_file, [charge, write, pay])
    GOT.clear()
    yield Veiled(office, tmp_path)
    office.close()


def test_a_body_gets_the_value_that_a_rule_lets_it_have(veiled: Veiled) -> None:
    """The card system gets the card; proposal, digest, ledger, log and result have the token."""
    proposal = veiled.office.propose(MARA, "cards.charge", {"card": CARD, "note": f"for {IBAN}"})
    (token,) = find_tokens(proposal.args["card"])
    assert TOKEN.fullmatch(proposal.args["card"])
    veiled.registry.decide(proposal)
    outcome = veiled.office.run(proposal)
    assert outcome.ok, outcome
    assert [{"card": PLAIN_CARD, "note": proposal.args["note"]}] == GOT
    assert outcome.value["said"] == f"charged {token}, {token}"
    assert not [raw for raw in (CARD, PLAIN_CARD, IBAN, PLAIN_IBAN) if raw in veiled.kept()]
    assert veiled.registry.summary(proposal) == f"Charge {token}"


def test_a_token_and_its_value_are_the_same_proposal(veiled: Veiled) -> None:
    """What a person typed and what a model passes on as a token has one digest, so it happens once."""
    typed = veiled.office.propose(MARA, "cards.charge", {"card": CARD})
    passed = veiled.office.propose(MARA, "cards.charge", {"card": typed.args["card"]})
    assert typed.digest == passed.digest


def test_other_tools_work_with_the_token(veiled: Veiled) -> None:
    """A tool that no pack names gets the word that stands for the value, and its error keeps it back."""
    outcome = veiled.office.call(MARA, "notes.write", card=CARD, note="x")
    assert GOT[0]["card"].startswith("card_")
    assert outcome.status is Status.FAILED
    assert outcome.message == f"The card {GOT[0]['card']} is refused."
    assert PLAIN_CARD not in veiled.kept()


def test_a_role_decides_who_may_have_it_passed_on(veiled: Veiled) -> None:
    """The same tool, asked for by somebody without the role, sees a token, which is no account; nothing runs."""
    refused = veiled.office.call(MARA, "accounts.pay", iban=IBAN)
    assert refused.status is Status.DENIED
    assert GOT == []
    paid = veiled.office.call(KARL, "accounts.pay", iban=IBAN)
    assert paid.ok, paid
    assert GOT == [{"iban": PLAIN_IBAN}]
    assert PLAIN_IBAN not in veiled.kept()
    assert '"country":"DE"' in veiled.kept()  # facts are loaded with the value, and judged with the token


def test_a_forgotten_value_runs_nothing(veiled: Veiled) -> None:
    """Erasure between the decision and the run stops the run: the body never gets the bare token for a value."""
    proposal = veiled.office.propose(MARA, "cards.charge", {"card": CARD})
    veiled.registry.decide(proposal)
    assert veiled.vault.forget(proposal.tenant, [proposal.args["card"]]) == 1
    outcome = veiled.office.run(proposal)
    assert outcome.status is Status.DENIED
    assert "stands for nothing" in outcome.message
    assert GOT == []


def test_a_foreign_or_forged_token_runs_nothing(veiled: Veiled) -> None:
    """A token of another tenant, or one made up, is refused before policy allows anything."""
    (foreign,) = veiled.vault.keep("another", [("card", CARD)])  # type: ignore[list-item]
    for token in (foreign, "card_bcdfghjkmnpqrs"):
        outcome = veiled.office.call(MARA, "cards.charge", card=token)
        assert outcome.status is Status.DENIED
    assert GOT == []


def test_what_was_signed_is_what_runs(veiled: Veiled) -> None:
    """Arguments that are swapped behind the digest are refused, tokens or not."""
    mine = veiled.office.propose(MARA, "cards.charge", {"card": CARD})
    other = veiled.office.propose(MARA, "cards.charge", {"card": "5500 0000 0000 0004"})
    veiled.registry.decide(mine)
    outcome: Outcome = veiled.office.run(other, Grant(mine.digest))
    assert outcome.status is Status.DENIED
    assert GOT == []
