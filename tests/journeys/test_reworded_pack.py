"""A pack is rewritten from ``playbook`` to ``workflow`` while it is in force: what was counted goes on."""

import os
from pathlib import Path

from countersign.graphs import Assistant
from countersign.policies.rules.loader import DEFAULT_PACKS
from data_folder import MARA, copy_of, open_door

PACK = """
pack: house
version: "1"
owner: boss
description: The limits of one test.
rules:
  - {id: house.none, description: No contracts., owner: boss, source: book#1, stage: route,
     subjects: ["playbook:contract_review"], effect: deny, reason: Contracts are read elsewhere.}
limits:
  - {id: house.limit, owner: boss, source: book#2, reason: Too much., per: playbook, playbooks: [refund], rate: 2/day}
"""


def test_a_limit_goes_on_counting_in_the_other_word(untouched: Path, tmp_path: Path) -> None:
    """One refund under the older word and one under the newer are two; the third is refused, whatever the word."""
    home, pack = copy_of(untouched, tmp_path / "home"), tmp_path / "house.yaml"

    def opened(word: str) -> Assistant:
        pack.write_text(PACK.replace("playbook", word))
        return open_door(home, {"COUNTERSIGN_PACKS": os.pathsep.join([str(DEFAULT_PACKS), str(pack)])})

    for word, order in (("playbook", "8841"), ("workflow", "8842")):
        with opened(word) as assistant:
            turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)
            assert "At most" not in turn.reply
            refused = assistant.send("review contract CON-0031", as_user="eva.stern")
            assert "Contracts are read elsewhere." in refused.reply
    for word in ("workflow", "playbook"):
        with opened(word) as assistant:
            third = assistant.send("refund order 8843", as_user=MARA, thread="third")
            assert f"At most 2 per day for each {word} (book#2)." in third.reply
            assert not third.pending
