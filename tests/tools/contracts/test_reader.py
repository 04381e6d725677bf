"""A contract that we wrote is read: parties, dates, law and clauses, each with its place."""

from datetime import date

import pytest
from countersign.tools.contracts.clause_kinds import load_clause_kinds
from countersign.tools.contracts.reader import read_contract

CONTRACT = """RESELLER AGREEMENT

This Reseller Agreement (the "Agreement") is made as of March 14, 2016 (the "Effective Date") by and between Kestrel
Optics, Inc., a Delaware corporation with offices at 12 Mill Road ("Supplier"), and Lindqvist Handel AB, a company
organized under the laws of Sweden (the “Reseller”).

1. Term. The initial term of this Agreement shall commence on the Effective Date and continue for three (3) years. It
will automatically renew for successive one (1) year terms unless either party gives written notice of non-renewal at
least sixty (60) days prior to the end of the current term.

2. Licence Grant. Supplier hereby grants to Reseller a non-exclusive, non-transferable license to use the Software.

3. Payment. Reseller shall pay each invoice within thirty (30) days of receipt of the invoice.

4. Termination. Either party may terminate this Agreement for convenience upon ninety (90) days' written notice.

5. Confidentiality. Each party shall keep the Confidential Information confidential for five years after termination.

6. Limitation of Liability. In no event shall either party's aggregate liability exceed the fees paid in the twelve (12)
months before the claim.

7. Assignment. Neither party may assign this Agreement without the prior written consent of the other party.

8. Indemnification. Supplier shall indemnify and hold harmless Reseller against third party claims.

9. Force Majeure. Neither party is liable for delay caused by force majeure or acts of God beyond its control.

10. Governing Law. This Agreement shall be governed by and construed in accordance with the laws of the State of New
York, without regard to conflict of laws. All disputes shall be finally settled by arbitration.
"""


def test_parties_come_with_their_roles_and_places() -> None:
    """The note would name the wrong parties, or only one of them."""
    reading = read_contract(CONTRACT)
    assert [(" ".join(party.name.split()), party.roles) for party in reading.parties] == [
        ("Kestrel Optics, Inc.", ("Supplier",)),
        ("Lindqvist Handel AB", ("Reseller",)),
    ]
    assert all(CONTRACT[party.start : party.end] == party.name for party in reading.parties)


@pytest.mark.parametrize(
    ("opening", "names"),
    [
        (
            'AGREEMENT between\n\nNord GmbH & Co. KG, Weg 1\n(the "Seller")\n\nand\n\nSüd AG, Ring 2\n(the "Buyer")',
            ["Nord GmbH & Co. KG", "Süd AG"],
        ),
        (
            'This Agreement is between Diver Corp. ("Diver"), an Ontario corporation located at 2 East St, and '
            '2205 Ontario Limited, with its office at 3 West St (the "Reseller").',
            ["Diver Corp.", "2205 Ontario Limited"],
        ),
        (
            'ENDORSEMENT AGREEMENT by and between JO MARLOWE ("Marlowe") and RIVER BANK, a savings bank ("Bank").',
            ["JO MARLOWE", "RIVER BANK"],
        ),
        (
            'SERVICE AGREEMENT Wyn, Inc. ("WYN") and Star of Peoria, L.L.C. ("STAR") enter into this Agreement.',
            ["Wyn, Inc.", "Star of Peoria, L.L.C."],
        ),
        (
            'BETWEEN: EMBER VEHICLES CORP., an entity of Canada ("EMV"); AND: ZONG CO., LTD., of China ("Maker")',
            ["EMBER VEHICLES CORP.", "ZONG CO., LTD."],
        ),
    ],
)
def test_parties_are_found_in_many_openings(opening: str, names: list[str]) -> None:
    """Only contracts that open in one way would be understood."""
    assert [party.name for party in read_contract(opening + "\n\n1. Term. It runs.").parties] == names


def test_dates_law_and_title_are_normalised() -> None:
    """A renewal would be watched on the wrong day."""
    reading = read_contract(CONTRACT)
    assert reading.title is not None
    assert reading.title.value == "RESELLER AGREEMENT"
    assert reading.agreement_date is not None
    assert reading.agreement_date.value == date(2016, 3, 14)
    assert reading.effective_date is not None
    assert reading.effective_date.value == date(2016, 3, 14)
    assert reading.expiration is not None
    assert (reading.expiration.value, reading.expiration.how) == (date(2019, 3, 14), "computed")
    assert reading.governing_law is not None
    assert reading.governing_law.value == "New York"


@pytest.mark.parametrize(
    ("clause", "law"),
    [
        ("This Agreement is governed by the laws of the Federal Republic of Germany.", "Germany"),
        ("This contract shall be construed under English law.", None),
        ("This Agreement shall be governed by English law.", "England and Wales"),
        ("The law of England and Wales governs this Agreement.", "England and Wales"),
        (
            "It is governed by the laws of the United States and by the laws of the Commonwealth of Kentucky.",
            "Kentucky",
        ),
        ("Acme is a corporation organized and existing under the laws of the State of Texas.", None),
    ],
)
def test_governing_law_in_other_words(clause: str, law: str | None) -> None:
    """The state where a company was founded would be taken for the governing law."""
    reading = read_contract(f"AGREEMENT between A Ltd. and B Ltd.\n\n1. Terms. {clause}\n")
    assert (reading.governing_law.value if reading.governing_law else None) == law


@pytest.mark.parametrize(
    ("kind", "section", "words"),
    [
        ("renewal_term", "1 Term", "successive one (1) year terms"),
        ("notice_to_terminate_renewal", "1 Term", "sixty (60) days"),
        ("license_grant", "2 Licence Grant", "hereby grants"),
        ("non_transferable_license", "2 Licence Grant", "non-transferable"),
        ("payment_terms", "3 Payment", "thirty (30) days"),
        ("termination_for_convenience", "4 Termination", "ninety (90) days"),
        ("confidentiality", "5 Confidentiality", "confidential"),
        ("cap_on_liability", "6 Limitation of Liability", "exceed the fees"),
        ("anti_assignment", "7 Assignment", "without the prior written consent"),
        ("indemnity", "8 Indemnification", "hold harmless"),
        ("force_majeure", "9 Force Majeure", "acts of God"),
        ("governing_law", "10 Governing Law", "State of New\nYork"),
        ("dispute_resolution", "10 Governing Law", "arbitration"),
    ],
)
def test_each_clause_is_found_where_it_stands(kind: str, section: str, words: str) -> None:
    """A kind of clause is no longer found, or reported in the wrong section."""
    found = read_contract(CONTRACT).of_kind(kind)
    assert found, kind
    assert found[0].section == section
    assert words in found[0].quote
    assert 0.5 <= found[0].confidence <= 1


def test_a_duty_in_the_present_tense_is_a_confidentiality_clause() -> None:
    """Contracts by German companies say "keeps", not "shall keep"; the clause would be reported as missing."""
    plain = CONTRACT.replace("Each party shall keep the Confidential Information", "Each party keeps what it learns")
    found = read_contract(plain).of_kind("confidentiality")
    assert "keeps what it learns confidential" in found[0].quote


def test_windows_line_ends_change_nothing() -> None:
    """A contract saved on Windows would be cut into lines, and its clauses not be found."""
    windows = CONTRACT.replace("\n", "\r\n")
    ours, theirs = read_contract(CONTRACT), read_contract(windows)
    assert [(one.kind, one.quote) for one in ours.findings] == [
        (one.kind, one.quote.replace("\r\n", "\n")) for one in theirs.findings
    ]
    assert [one.number for one in ours.sections] == [one.number for one in theirs.sections]
    assert all(windows[one.start : one.end] == one.quote for one in theirs.findings)


def test_every_quote_is_verbatim_and_reading_is_repeatable() -> None:
    """A quote in a note would not be in the contract, or differ from run to run."""
    reading = read_contract(CONTRACT)
    assert reading == read_contract(CONTRACT)
    assert all(CONTRACT[finding.start : finding.end] == finding.quote for finding in reading.findings)


@pytest.mark.parametrize("text", ["", " ", "x", "(", "\n" * 50, "1.", 'between "', "Agreement dated 31 February 2020"])
def test_odd_texts_are_read_without_error(text: str) -> None:
    """An upload that is no contract would crash the review."""
    reading = read_contract(text)
    assert reading.parties == ()
    assert reading.agreement_date is None


def test_kinds_are_complete_and_unique() -> None:
    """Two kinds of one name would be counted as one; a wanted kind would be gone."""
    ids = [kind.id for kind in load_clause_kinds()]
    assert len(ids) == len(set(ids))
    wanted = {
        "exclusivity",
        "non_compete",
        "change_of_control",
        "source_code_escrow",
        "data_protection",
        "audit_rights",
    }
    assert wanted <= set(ids)
