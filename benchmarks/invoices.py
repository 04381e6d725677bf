"""The planted invoice exceptions: every one must be found and classified, and none invented.

Run `python benchmarks/invoices.py [--json] [--seed N]`. The three-way match reads the sample company through the same
port as the tools; the truth comes from the generator and stands in no table. Exit code 1 when anything differs.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from countersign.policies.storage.database import make_sqlite_url
from countersign.tools.sample_company.generate.billing import plant_exceptions
from countersign.tools.sample_company.store.database import DEFAULT_SEED, open_company
from countersign.tools.toolsets.finance.invoice_documents import load_paperwork
from countersign.tools.toolsets.finance.three_way_match import compare_paperwork


def main() -> None:
    """Compare the match with the truth."""
    parser = argparse.ArgumentParser(description="The three-way match against the planted exceptions.")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        records = open_company(make_sqlite_url(Path(folder) / "company.db"), seed=options.seed)
        invoices = records.find("invoice", limit=10_000)
        today = records.company().today
        start = time.perf_counter()
        found = {row["id"]: compare_paperwork(load_paperwork(records, row), today) for row in invoices}
        seconds = time.perf_counter() - start
        records.close()
    truth = plant_exceptions(options.seed)
    kinds = {ident: mismatches[0].kind for ident, mismatches in found.items() if mismatches}
    result = {
        "invoices": len(invoices),
        "planted": len(truth),
        "found": sum(ident in kinds for ident in truth),
        "right_kind": sum(kinds.get(ident) == kind for ident, kind in truth.items()),
        "invented": sum(ident not in truth for ident in kinds),
        "by_kind": dict(sorted(Counter(truth.values()).items())),
        "ms_an_invoice": round(seconds / len(invoices) * 1000, 2),
    }
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        print(
            f"invoices {result['invoices']}: {result['found']} of {result['planted']} planted exceptions found, "
            f"{result['right_kind']} with the right kind, {result['invented']} invented"
        )
    sys.exit(0 if result["right_kind"] == result["planted"] and not result["invented"] else 1)


if __name__ == "__main__":
    main()
