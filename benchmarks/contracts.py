"""How well contracts are read without a model, on the 77 labelled contracts of CUAD.

Run `python benchmarks/contracts.py [--json] [--data FOLDER] [--misses]`. Exit code 1 when a floor is missed,
2 when the data is not there.

The wordings were written by looking at these contracts too, so the figures are those of seen data; on contracts
nobody has looked at they will be lower.

What counts as found stands in `contract_labels.py`.
"""

import argparse
import csv
import json
import re
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from contract_labels import labelled_parties, overlaps, same_date, same_law, same_party, spans
from countersign.tools.contracts.reader import read_contract
from countersign.tools.contracts.risks import find_risks

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "cuad"
COLUMNS = {
    "Document Name": "document_name", "Renewal Term": "renewal_term",
    "Notice Period To Terminate Renewal": "notice_to_terminate_renewal", "Governing Law": "governing_law",
    "Most Favored Nation": "most_favoured_nation", "Non-Compete": "non_compete", "Exclusivity": "exclusivity",
    "No-Solicit Of Customers": "no_solicit_customers", "No-Solicit Of Employees": "no_solicit_employees",
    "Non-Disparagement": "non_disparagement", "Termination For Convenience": "termination_for_convenience",
    "Rofr/Rofo/Rofn": "rofr", "Change Of Control": "change_of_control", "Anti-Assignment": "anti_assignment",
    "Revenue/Profit Sharing": "revenue_sharing", "Price Restrictions": "price_restrictions",
    "Minimum Commitment": "minimum_commitment", "Volume Restriction": "volume_restriction",
    "Ip Ownership Assignment": "ip_ownership_assignment", "Joint Ip Ownership": "joint_ip_ownership",
    "License Grant": "license_grant", "Non-Transferable License": "non_transferable_license",
    "Irrevocable Or Perpetual License": "perpetual_license", "Source Code Escrow": "source_code_escrow",
    "Affiliate License-Licensee": "affiliate_license",
    "Post-Termination Services": "post_termination_services", "Audit Rights": "audit_rights",
    "Uncapped Liability": "uncapped_liability", "Cap On Liability": "cap_on_liability",
    "Liquidated Damages": "liquidated_damages", "Warranty Duration": "warranty_duration", "Insurance": "insurance",
    "Covenant Not To Sue": "covenant_not_to_sue", "Third Party Beneficiary": "third_party_beneficiary",
    "Expiration Date": "term", "Effective Date": "effective_date",
}  # fmt: skip
FLOORS = {
    "verbatim": 1.0, "parties": 0.80, "governing_law": 0.90, "agreement_date": 0.75, "expiration": 0.55,
    "clauses": 0.70,
}  # fmt: skip
MEDIAN_SECONDS = 1.0


def measure(folder: Path, *, misses: bool = False) -> dict[str, Any]:
    """Read every contract in `folder` and compare with its labels."""
    with (folder / "clauses.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    seconds: list[float] = []
    crashes: list[str] = []
    quotes = verbatim = risks = 0
    hit: Counter[str] = Counter()
    have: Counter[str] = Counter()
    right: Counter[str] = Counter()
    given: Counter[str] = Counter()
    names_hit = names_all = 0

    def score(key: str, name: str, ok: bool, detail: str = "") -> None:
        have[key] += 1
        hit[key] += ok
        if misses and not ok:
            print(f"miss {key}: {name}: {detail}"[:400], file=sys.stderr)

    for row in rows:
        file = row["File"]
        text = (folder / "contracts" / file).read_text(encoding="utf-8")
        begin = time.perf_counter()
        try:
            reading = read_contract(text)
            found_risks = find_risks(text, reading)
        except Exception as error:  # noqa: BLE001 - a crash is what is counted
            crashes.append(f"{file}: {type(error).__name__}: {error}")
            continue
        seconds.append(time.perf_counter() - begin)
        risks += len(found_risks)
        placed = [(f.start, f.end, f.quote) for f in reading.findings]
        placed += [(p.start, p.end, p.name) for p in reading.parties]
        placed += [(r.start, r.end, r.quote) for r in found_risks if r.start is not None and r.end is not None]
        quotes += len(placed)
        verbatim += sum(text[start:end] == quote for start, end, quote in placed)
        labelled = labelled_parties(row["Parties-Answer"])
        found_names = [label for label in labelled if any(same_party(label, p.name) for p in reading.parties)]
        names_all += len(labelled)
        names_hit += len(found_names)
        if labelled:
            missing = [label for label in labelled if label not in found_names]
            score("parties", file, not missing, f"{missing} not in {[p.name for p in reading.parties]}")
        given["parties"] += len(reading.parties)
        right["parties"] += sum(any(same_party(label, p.name) for label in labelled) for p in reading.parties)
        if row["Governing Law-Answer"]:
            law = reading.governing_law
            score("governing_law", file, same_law(row["Governing Law-Answer"], reading),
                  f"{row['Governing Law-Answer']} / {law and law.value}")  # fmt: skip
        for column, key, found in (
            ("Agreement Date-Answer", "agreement_date", reading.agreement_date),
            ("Effective Date-Answer", "effective_date_value", reading.effective_date),
            ("Expiration Date-Answer", "expiration", reading.expiration),
        ):
            if re.search(r"\d|perpetual", row[column], re.IGNORECASE):
                score(key, file, same_date(row[column], found), f"{row[column]} / {found}")
        for column, kind in COLUMNS.items():
            labels = spans(row[column])
            findings = reading.of_kind(kind)
            if labels:
                score(
                    f"clause:{kind}",
                    file,
                    any(overlaps(label, f.quote) for label in labels for f in findings),
                    labels[0],
                )
            given[f"clause:{kind}"] += len(findings)
            right[f"clause:{kind}"] += sum(any(overlaps(label, f.quote) for label in labels) for f in findings)
    clause_keys = [key for key in have if key.startswith("clause:")]
    recall = {key: hit[key] / have[key] for key in have}
    return {
        "contracts": len(rows), "crashes": crashes, "seconds_median": statistics.median(seconds) if seconds else None,
        "seconds_max": max(seconds, default=None), "quotes": quotes, "verbatim": verbatim / quotes if quotes else 0.0,
        "risks": risks, "party_names": names_hit / names_all if names_all else 0.0,
        "party_precision": right["parties"] / given["parties"] if given["parties"] else 0.0,
        "parties": recall.get("parties", 0.0), "governing_law": recall.get("governing_law", 0.0),
        "agreement_date": recall.get("agreement_date", 0.0), "effective_date": recall.get("effective_date_value", 0.0),
        "expiration": recall.get("expiration", 0.0),
        "clauses": sum(hit[key] for key in clause_keys) / max(1, sum(have[key] for key in clause_keys)),
        "clause_precision": sum(right[key] for key in clause_keys) / max(1, sum(given[key] for key in clause_keys)),
        "kinds": {
            key.removeprefix("clause:"): {
                "contracts": have[key], "recall": recall[key], "findings": given[key],
                "precision": right[key] / given[key] if given[key] else None,
            }
            for key in sorted(clause_keys)
        },
    }  # fmt: skip


def shortfalls(result: dict[str, Any]) -> list[str]:
    """Which floors the result misses, in words."""
    short = [f"{key} {result[key]:.1%} is under {floor:.0%}" for key, floor in FLOORS.items() if result[key] < floor]
    short += [f"crash: {crash}" for crash in result["crashes"]]
    if result["seconds_median"] is None or result["seconds_median"] > MEDIAN_SECONDS:
        short.append(f"median {result['seconds_median']} s is above {MEDIAN_SECONDS} s")
    return short


def report(result: dict[str, Any]) -> str:
    """The result as a table for people."""
    lines = [
        f"contracts read            {result['contracts'] - len(result['crashes'])} of {result['contracts']}",
        f"seconds a contract        median {result['seconds_median']:.3f}, max {result['seconds_max']:.3f}",
        f"quotes verbatim           {result['verbatim']:.1%} of {result['quotes']}",
        f"parties, all of a contract {result['parties']:.1%}; single names {result['party_names']:.1%}"
        f"; precision {result['party_precision']:.1%}",
    ]
    single = ("governing_law", "agreement_date", "effective_date", "expiration")
    lines.extend(f"{key.replace('_', ' '):<25} {result[key]:.1%}" for key in single)
    lines.append(
        f"clauses, all kinds        recall {result['clauses']:.1%}, precision {result['clause_precision']:.1%}"
    )
    lines.append(f"  {'kind':<30} {'contracts':>9} {'recall':>7} {'findings':>8} {'precision':>9}")
    for kind, row in result["kinds"].items():
        precision = "" if row["precision"] is None else f"{row['precision']:.0%}"
        lines.append(f"  {kind:<30} {row['contracts']:>9} {row['recall']:>7.0%} {row['findings']:>8} {precision:>9}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and say by the exit code whether the floors hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with clauses.csv and contracts/")
    parser.add_argument("--misses", action="store_true", help="also print what was not found")
    options = parser.parse_args(arguments)
    if not (options.data / "clauses.csv").is_file() or not (options.data / "contracts").is_dir():
        print(
            f"The labelled contracts are not in {options.data}. Give the CUAD folder (clauses.csv and contracts/) "
            "with --data.",
            file=sys.stderr,
        )
        return 2
    result = measure(options.data, misses=options.misses)
    print(json.dumps(result, indent=2) if options.json else report(result))
    short = shortfalls(result)
    for line in short:
        print(f"FLOOR MISSED: {line}", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
