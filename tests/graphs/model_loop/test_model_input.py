"""In a long conversation a model is told what waits, and of long ago what bears on the request, and no more."""

from pathlib import Path

from countersign.graphs.model_loop.context_accounts import format_account
from countersign.graphs.model_loop.model_input import EARLIER, HISTORY
from countersign.policies.domain.principal import Principal
from data_folder import MARA, copy_of, open_door
from openai_server import OpenAIServer

ASKED = "what does the customer want in ticket TCK-0001?"
PALLET = "The pallet of that customer stands in hall 7, beside the second gate."


def test_what_was_said_long_ago_is_found_again_or_named_as_left_out(untouched: Path, tmp_path: Path) -> None:
    """It would be gone after twenty messages, and nobody could see that the model did not know of it."""
    with (
        OpenAIServer() as server,
        open_door(copy_of(untouched, tmp_path / "home"), server.environment(COUNTERSIGN_MODEL_RETRIES="0")) as opened,
    ):
        mara: Principal = opened.principal(MARA)
        waiting = opened.send("refund order 8841", as_user=MARA, thread="long")
        (review,) = waiting.pending
        kept, thread = opened.core.conversations, f"{mara.tenant}/{MARA}/long"

        def talk(times: int, said: str) -> None:
            for at in range(times):
                run = kept.begin(mara, thread, f"{said} {at}", ())
                kept.end(run, waiting.state.DONE, "Good.", {}, "")

        talk(30, "It rains on day")
        kept.end(kept.begin(mara, thread, f"Listen. {PALLET}", ()), waiting.state.DONE, "Noted.", {}, "")
        talk(20, "It rains on day")
        server.requests.clear()
        for _ in range(2):
            server.say("It is about a delivery.")
            opened.send(f"{ASKED} Where is the pallet?", as_user=MARA, thread="long")
            told = "\n".join(str(message["content"]) for message in server.requests[-1].messages)
            assert review.review_id in told, "what waits"
            talk(EARLIER, "The sun shines on day")
        assert PALLET not in told, "too long ago to be looked at"
        first, second = (str([message["content"] for message in request.messages]) for request in server.requests)
        assert PALLET in first
        assert len(second) < len(first) * 1.3
        shown = [item for item in opened.history(as_user=MARA, thread="long", explain=True) if item.given]
        words = "\n".join(line for account in shown[-1].given for line in format_account(account))
        assert f"older than the {HISTORY + EARLIER - 1} that are looked at" in words
        assert "messages conversation (user, left out: older; others bear more on the request)" in words
        assert not server.errors, server.errors
