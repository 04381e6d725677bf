"""Whether a turn costs the same at any length of the conversation: time and bytes a turn in one thread.

Run `python benchmarks/growth.py [--json] [--turns 10,100,300,1000] [--bare-until 300]`. Countersign and a bare
LangGraph graph take the same scripted turns side by side; the bare one stops early, because its storage grows with the
square.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bare import BareTools, bare_graph, turn
from overhead import with_scripted_model
from scripted import MESSAGE

WINDOW = 10
"""Turns over which the time at one length is taken."""


def folder_bytes(folder: Path, pattern: str) -> int:
    """What files take on disk, write-ahead logs included."""
    return sum(file.stat().st_size for file in folder.rglob(pattern) if file.is_file())


async def measure(home: Path, lengths: list[int], bare_until: int) -> list[dict[str, Any]]:
    """One row per length of the thread."""
    assistant = with_scripted_model(home / "countersign")
    tools = BareTools(assistant.services.registry.services.records)
    (home / "bare").mkdir()
    rows = []
    took: dict[str, list[float]] = {"countersign": [], "langgraph": []}
    async with bare_graph(home / "bare" / "bare.db", tools) as bare:
        config = {"configurable": {"thread_id": "one"}}
        start = {"countersign": folder_bytes(home / "countersign", "c*.db*"), "langgraph": 0}
        for number in range(1, max(lengths) + 1):
            assistant.services.memory.queries.clear()  # people do not repeat themselves
            began = time.perf_counter()
            done = await assistant.send(MESSAGE, as_user="mara.voss", thread="one")
            took["countersign"].append(time.perf_counter() - began)
            assert done.reply == "Done.", done
            if number <= bare_until:
                began = time.perf_counter()
                await bare.ainvoke(turn(MESSAGE), config)
                took["langgraph"].append(time.perf_counter() - began)
            if number in lengths:
                rows.append(_row(home, number, took, start, number <= bare_until))
    assistant.close()
    return rows


def _row(home: Path, number: int, took: dict[str, list[float]], start: dict[str, int], bare: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"turns": number}
    for name, pattern in (("countersign", "c*.db*"), ("langgraph", "*.db*")):
        if name == "langgraph" and not bare:
            continue
        folder = home / ("bare" if name == "langgraph" else name)
        row[f"{name}_ms"] = statistics.median(took[name][-WINDOW:]) * 1000
        row[f"{name}_bytes_a_turn"] = (folder_bytes(folder, pattern) - start[name]) // number
    return row


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Time and bytes a turn at growing length of one conversation.")
    parser.add_argument("--turns", default="10,100,300,1000")
    parser.add_argument("--bare-until", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    lengths = [int(part) for part in options.turns.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(measure(Path(folder), lengths, options.bare_until))
    first, last = rows[0]["countersign_ms"], rows[-1]["countersign_ms"]
    if options.json:
        print(json.dumps({"rows": rows, "growth": last / first}, indent=2))
        return
    print(f"{'turns':>6} {'countersign ms':>15} {'bytes a turn':>13} {'langgraph ms':>13} {'bytes a turn':>13}")
    for row in rows:
        bare = f"{row['langgraph_ms']:13.1f} {row['langgraph_bytes_a_turn']:13,}" if "langgraph_ms" in row else ""
        print(f"{row['turns']:6} {row['countersign_ms']:15.1f} {row['countersign_bytes_a_turn']:13,} {bare}")
    print(
        f"countersign at {rows[-1]['turns']} turns takes {last / first:.2f} times what it takes at {rows[0]['turns']}"
    )


if __name__ == "__main__":
    main()
