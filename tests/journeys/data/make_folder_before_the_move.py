"""Makes ``folder_before_the_move.tar.xz``: a data folder as the last version before the move of the modules left it.

It was run once, by that version, and is kept so that everybody can see what the folder holds and how it came to. To
run it again, check that version out and let it work::

    git worktree add /tmp/before db59f26
    mkdir /tmp/before/.types && ln -s .. /tmp/before/.types/countersign
    PYTHONPATH=/tmp/before/.types python tests/journeys/data/make_folder_before_the_move.py

Every step is a command of that version's command line, in a process of its own, without a model. The ids differ from
run to run; ``story.json`` in the archive names them. All files are packed byte for byte and with their modes, but for
the sample company's, which is content and not the assistant's: it is packed as the SQL text that ``.dump`` of the
``sqlite3`` shell would write, because that is half as large. The keys were made for this folder and sign nothing else.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ARCHIVE = Path(__file__).with_name("folder_before_the_move.tar.xz")
MADE_BY = "db59f26"
IBAN = "DE89 3704 0044 0532 0130 00"
MARA, TOM, NOAH, OLGA = "mara.voss", "tom.adler", "noah.lind", "olga.reis"
LENA, IVO, KARL = "lena.brandt", "ivo.oelmann", "karl.weiss"
ABOUT = ("order_id", "invoice_id", "contract_id", "supplier_id")
SMALL_ORDERS = """
    SELECT id FROM orders WHERE status = 'delivered' AND currency = 'EUR' AND total_minor BETWEEN 15000 AND 60000
    AND customer_id NOT IN (SELECT customer_id FROM refunds) AND id <> 'ORD-8841'
    AND delivered_on > (SELECT date(max(delivered_on), '-25 days') FROM orders)
    GROUP BY customer_id ORDER BY delivered_on DESC, id LIMIT 3
"""
POSTED_INVOICES = """
    SELECT id, posted_by FROM invoices
    WHERE status = 'posted' AND currency = 'EUR' AND total_minor <= 5000000 ORDER BY id
"""


def run(home: Path, user: str, *words: str) -> Any:
    """One command as one person; what it printed as JSON, or the text.

    Raises:
        RuntimeError: it failed. The code 1 of ``ask`` only says that a detail is missing.
    """
    command = [sys.executable, "-m", "countersign.app", "--home", str(home), "--as", user, "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "120"})
    print("$ countersign --as", user, *words, "->", done.returncode)
    if done.returncode not in ((0, 1) if words[0] == "ask" else (0,)):
        raise RuntimeError(done.stdout + done.stderr)
    return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stdout


def ask(home: Path, user: str, text: str, thread: str) -> dict[str, str]:
    """One message; the id of each review that it waits for, by what the review is about."""
    turn = run(home, user, "ask", "--thread", thread, text)
    print("   ", turn["state"], "|", turn["reply"].replace("\n", " ")[:150])
    subjects = ((str(next(filter(None, map(review["args"].get, ABOUT)))), review) for review in turn["pending"])
    return {about: review["review_id"] for about, review in subjects}


def tell(home: Path) -> dict[str, Any]:
    """What happens in the folder, and the names of what it leaves."""
    run(home, MARA, "ask", "--thread", "small-talk", "what is our refund limit?")
    run(home, MARA, "ask", "--thread", "small-talk", "what is the status of order ORD-8841?")
    # A question of ours that is still open: the next message of this conversation answers it.
    ask(home, MARA, "please refund an order", "asked")
    with closing(sqlite3.connect(home / "company.db")) as company:
        paid, first, second = (str(row[0]) for row in company.execute(SMALL_ORDERS))
        invoice, posted_by = company.execute(POSTED_INVOICES).fetchone()
    settled = ask(home, MARA, f"refund order {paid}", "paid")
    run(home, TOM, "reviews", "approve", settled[paid], "--yes")
    run(home, MARA, "receipt", settled[paid], "--out", str(home / "receipt.json"))
    run(home, OLGA, "keys", "export", str(home / "public_keys.json"))
    # Runs that are paused: workflows (refund, invoice exception, contract review), handlers (payment, bank details),
    # and two requests of one message at once. Who posted an invoice may not ask for its payment.
    waiting = {
        "refund": ask(home, MARA, "refund order 8841", "refund"),
        "two": ask(home, MARA, f"refund order {first} and refund order {second}", "two"),
        "exception": ask(home, LENA, "please handle the exception on INV-1042", "exception"),
        "contract": ask(home, NOAH, "review CON-0031", "contract"),
        "payment": ask(home, IVO if posted_by == LENA else LENA, f"release the payment for {invoice}", "payment"),
        "bank": ask(home, LENA, f"change the bank details of SUP-019 to {IBAN}", "bank"),
    }
    # One of the two signatures that it needs.
    run(home, KARL, "reviews", "approve", waiting["bank"]["SUP-019"], "--yes")
    run(home, OLGA, "audit", "verify")
    return {"made_by": MADE_BY, "made_at": datetime.now(UTC).isoformat(), "settled": settled, "waiting": waiting}


def pack(home: Path, archive: Path) -> None:
    """Packs the folder; the company's file as SQL text."""
    company = home / "company.db"
    with closing(sqlite3.connect(company)) as connection:
        (home / "company.sql").write_text("\n".join(connection.iterdump()) + "\n")
    (home / "company.sql").chmod(0o600)
    with tarfile.open(archive, "w:xz", preset=9) as tar:
        for path in sorted(home.rglob("*")):
            if path not in (company, company.with_suffix(".db.lock")):
                tar.add(path, path.relative_to(home).as_posix(), recursive=False, filter=_nobodys)


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def main() -> None:
    """Makes the archive beside this file."""
    import countersign.graphs

    rooms = Path(str(countersign.graphs.__file__)).parent
    if not (rooms / "opening.py").exists():
        sys.exit(f"{rooms} is not of the version before the move; set PYTHONPATH as the text above says.")
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        story = tell(home)
        (home / "story.json").write_text(json.dumps(story, indent=2) + "\n")
        pack(home, ARCHIVE)
    print(json.dumps(story, indent=2), ARCHIVE.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
