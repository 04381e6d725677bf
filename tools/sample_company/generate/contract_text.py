"""This module puts a contract's frame around its clauses: title, parties, recitals, definitions, signatures."""

from random import Random
from typing import Any

Row = dict[str, Any]

TITLES = {
    "framework supply agreement": "the supply of workshop equipment and spare parts",
    "service agreement": "the maintenance and calibration of workshop machines",
    "software licence agreement": "the licence and support of workshop planning software",
    "distribution agreement": "the resale of power tools and consumables",
    "maintenance agreement": "the inspection and repair of lifting and pressing equipment",
    "logistics agreement": "the storage, picking and delivery of goods",
}
_US = "Halden & Birch Handelsgesellschaft mbH, Werkstrasse 1, 20999 Altenhafen"
_SCOPES = (
    "The Supplier provides what each order names, in the quality that the product sheet or work description states. "
    "An order becomes binding once the Supplier has confirmed it in text form or has begun to carry it out. Terms of "
    "business printed on forms of either party do not apply, even if nobody objects to them. In the course of the "
    "Services the Supplier handles personal data of the Customer's staff, such as names and contact details.",
    "Each party names one person who may place and accept orders. The Supplier tells the Customer without delay when a "
    "date is at risk, and proposes another. Part deliveries are allowed where the Customer can use them, and are "
    "invoiced when they have arrived.",
    "Changes to the scope are agreed in writing before work on them begins; the request states the effect on price and "
    "dates. Until a change is agreed, the Supplier goes on as ordered. Meetings on open changes take place monthly.",
)


def assemble_contract_text(rng: Random, terms: Row, other: Row, facts: Row, clauses: list[tuple[str, str]]) -> str:
    """The full text of one contract in numbered sections.

    Args:
        rng: chooses among the frames.
        terms: the row of the contracts table so far.
        other: the counterparty's row (customer or supplier).
        facts: what fills the placeholders of the clauses.
        clauses: heading and wording, in order.
    """
    them = f"{other['name']}, {other['address']}"
    supplier, customer = (_US, them) if terms["customer_id"] else (them, _US)
    subject = TITLES[terms["type"]]
    value = f"{terms['value_minor'] // 100:,}.00 {terms['currency']}"
    sections = [
        ("Definitions", _definitions(subject)),
        ("Subject matter", f"This Agreement governs {subject}. {_SCOPES[0]} {rng.choice(_SCOPES[1:])}"),
        (
            "Term and contract value",
            f"This Agreement begins on {terms['starts_on']:%d %B %Y} and ends on {terms['ends_on']:%d %B %Y} unless it "
            f"is ended earlier or renewed under its terms. The total contract value over this term is {value}, value "
            "added tax not included.",
        ),
        *((heading, text.format(**facts)) for heading, text in clauses),
    ]
    body = "\n\n".join(
        f"{number}. {heading}\n\n" + _number_clause(number, text)
        for number, (heading, text) in enumerate(sections, start=1)
    )
    return (
        "\n\n".join(
            (
                terms["type"].upper(),
                f"Reference {terms['id']}",
                f'between\n\n{supplier}\n(the "Supplier")\n\nand\n\n{customer}\n(the "Customer")',
                "Recitals",
                f"(A) The Supplier's business includes {subject}.\n"
                "(B) The Customer wishes to use the Supplier's goods and services in its own business.\n"
                "(C) The parties wish to set out the terms of their work together in one document.",
                "The parties agree as follows.",
                body,
                _signatures(supplier, customer),
            )
        )
        + "\n"
    )


def _number_clause(number: int, text: str) -> str:
    """Writes a long clause as two numbered paragraphs, broken between sentences."""
    sentences = text.replace(". ", ".\n").split("\n")
    if len(sentences) < 4:
        return f"{number}.1 {text}"
    half = (len(sentences) + 1) // 2
    return f"{number}.1 {' '.join(sentences[:half])}\n\n{number}.2 {' '.join(sentences[half:])}"


def _definitions(subject: str) -> str:
    return (
        f'"Agreement" means this document with its schedules. "Services" means {subject}, and includes goods where '
        'the context allows. "Fees" means the amounts payable under an order. "Confidential Information" means what a '
        "party discloses and marks as confidential, or what a reasonable reader would take to be so. "
        '"Affiliate" means a company that controls, is controlled by or is under common control with a party. '
        '"In writing" includes e-mail unless a clause asks for a signature.'
    )


def _signatures(supplier: str, customer: str) -> str:
    block = "Signed for the {role}\n{name}\n\nName: ______________________\nPlace, date: ______________________"
    return "\n\n".join(
        (
            block.format(role="Supplier", name=supplier.split(",")[0]),
            block.format(role="Customer", name=customer.split(",")[0]),
        )
    )
