"""The sample company's contracts, whose flaws are known, are reviewed right."""

from collections import Counter
from datetime import date

from countersign.tools.contracts.reader import read_contract
from countersign.tools.contracts.risks import find_risks
from countersign.tools.sample_company.generate.company import generate_company
from countersign.tools.sample_company.generate.contracts import plant_clauses

SEED, TODAY = 7, date(2026, 1, 15)
# Type in the clause library -> how the ids of the rules that find a risky or missing one begin.
RULES = {
    "payment_terms": ("payment-term",),
    "confidentiality": ("confidentiality-survival",),
    "data_protection": ("data-processing",),
    "exclusivity": ("exclusivity",),
    "liability_cap": ("liability-cap", "liability-unlimited"),
    "unlimited_liability": ("liability-unlimited",),
    "termination": ("notice-period",),
    "assignment": ("assignment",),
    "governing_law": ("governing-law",),
}


def test_planted_flaws_are_found_and_none_are_invented() -> None:
    """A review would miss a clause against the firm's rules, or cry wolf over an ordinary one."""
    truth = plant_clauses(SEED)
    planted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    invented: list[str] = []
    for contract in generate_company(SEED, TODAY)["contract"]:
        text = contract["text"]
        rules = {risk.rule_id for risk in find_risks(text, read_contract(text))}
        flawed = {clause.type for clause in truth[contract["id"]] if clause.variant != "ordinary"}
        explained: set[str] = set()
        for kind, beginnings in RULES.items():
            hits = {rule for rule in rules if rule.startswith(beginnings)}
            if kind in flawed:
                explained |= hits
                planted[kind] += 1
                found[kind] += bool(hits)
        if "renewal" in flawed:
            explained |= {rule for rule in rules if rule.startswith("renewal")}
        invented += [f"{contract['id']}: {rule}" for rule in sorted(rules - explained)]
    assert planted.total() > 40
    missed = {kind: planted[kind] - found[kind] for kind in planted if found[kind] < planted[kind]}
    assert found.total() >= 0.95 * planted.total(), missed
    assert len(invented) <= 0.05 * planted.total(), invented


def test_parties_and_end_of_every_contract_are_read() -> None:
    """ "Which of our contracts end in March?" would be answered wrong for an uploaded copy."""
    wrong = []
    for contract in generate_company(SEED, TODAY)["contract"]:
        reading = read_contract(contract["text"])
        roles = [party.roles for party in reading.parties]
        ends = reading.expiration.value if reading.expiration else None
        if roles != [("Supplier",), ("Customer",)] or str(ends) != str(contract["ends_on"])[:10]:
            wrong.append((contract["id"], roles, ends))
    assert not wrong
