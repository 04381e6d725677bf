"""A process that does one thing many times at once, together with others like it.

``python race_process.py HOME answer REVIEW`` answers a review by 25 managers at once; ``... press REVIEW`` does so by
the session, which goes on with the run as well; ``... resume`` goes on with what waits, ten times at once;
``... execute PROPOSAL REVIEW`` runs a proposal (as JSON) under its grant in 25 threads. It says ``ready``, waits for a
line, and prints what came of each.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from countersign.policies.domain.proposal import Proposal
from countersign.policies.errors import BadInput
from countersign.policies.review.review import Answer, AnswerType
from countersign.tools.outcome import Grant
from data_folder import MARA, TOM, open_core

AT_ONCE = 25


def main(home: str, command: str, *what: str) -> None:
    """Gets ready, waits, and does it."""
    core = open_core(Path(home))
    desk, managers = core.services, (TOM, "sven.pohlmann")

    def answer(number: int) -> str:
        try:
            reviewer = core.principal(managers[number % 2])
            answer = Answer(AnswerType.REJECT, "no") if number % 3 == 0 else Answer(AnswerType.APPROVE)
            return str(desk.reviews.answer(what[0], reviewer, answer, desk.now()).state)
        except BadInput:
            return "late"

    def press(number: int) -> str:
        try:
            turn = asyncio.run(core.answer(what[0], Answer(AnswerType.APPROVE), as_user=managers[number % 2]))
        except BadInput:
            return "late"
        return "elsewhere" if turn is None else str(turn.state)

    def resume(_: int) -> str:
        turns = asyncio.run(core.catch_up(core.principal(MARA).tenant))
        return ",".join(str(turn.state) for turn in turns) or "nothing"

    def execute(_: int) -> str:
        proposal = Proposal.from_record(json.loads(what[0]))
        outcome = asyncio.run(desk.registry.execute(proposal, Grant(proposal.digest, what[1])))
        return f"{outcome.status}:{json.dumps(dict(outcome.value), sort_keys=True, default=str)}"

    jobs: dict[str, tuple[Callable[[int], str], int]] = {
        "answer": (answer, AT_ONCE),
        "press": (press, AT_ONCE),
        "resume": (resume, 10),
        "execute": (execute, AT_ONCE),
    }
    job, times = jobs[command]
    print("ready", flush=True)
    input()
    with ThreadPoolExecutor(times) as pool:
        print(json.dumps(list(pool.map(job, range(times)))))
    core.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
