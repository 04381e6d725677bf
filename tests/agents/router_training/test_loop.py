"""The router learns from the people who correct it: several of them, measured, within policy, and with a way back."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import routing_loop
from countersign.agents.router_training.versions import ROUTING
from countersign.agents.routing.intents import IntentFolder
from countersign.policies.errors import BadInput
from countersign.policies.storage.database import begin_write
from countersign.tools.scoring.versions import table
from routing_loop import PEOPLE, TENANT, THINGS, UNSURE, Remembering, RoutingDesk, correction, shared
from services import Office
from sqlalchemy import update

pytest.importorskip("sklearn")
ASKED = "pump came back once more"
FLOOD = [f"{thing} number {n} came back" for n in range(250) for thing in THINGS]


@pytest.fixture(scope="module")
def embedder() -> Remembering:
    """One for all tests, so that the shipped examples are embedded once."""
    return Remembering()


@pytest.fixture
def desk(office: Office, embedder: Remembering) -> RoutingDesk:
    return RoutingDesk(office, embedder)


async def test_what_several_people_corrected_is_routed_so_and_can_be_taken_back(desk: RoutingDesk) -> None:
    """The whole loop: corrections of four people change where a message goes, and a rollback changes it back."""
    before = desk.versions.in_force(TENANT)
    was = await desk.route(ASKED)
    assert was.intent != "refund"
    ran, _ = desk.learn(shared())
    assert (ran.state, ran.version) == ("adopted", 2), ran.reasons
    assert ran.figures["better"] >= 20
    assert ran.figures["anchor_accuracy"] >= ran.figures["anchor_accuracy_before"]
    now = await desk.route(ASKED)
    assert (now.intent, now.agents, now.how) == ("refund", ("support",), "classifier")
    assert (await desk.route("release the payment for INV-1042")).intent == "payment_release"
    (told,) = desk.versions.changes(TENANT, ROUTING)
    assert (told.data["what"], told.data["from"], told.actor) == ("adopted", "shipped", "pia.lorenz")
    status = desk.loop.status(TENANT)
    assert (status.examples, status.people, status.standing.model and status.standing.model.version) == (48, 4, 2)
    assert "corrections of 4 people" in desk.loop.card(TENANT)[0]

    desk.loop.roll_back(desk.office.who("pia.lorenz"))
    assert desk.versions.in_force(TENANT).examples == before.examples
    assert (await desk.route(ASKED)).intent == was.intent
    with pytest.raises(BadInput, match="nothing to go back to"):
        desk.loop.roll_back(desk.office.who("pia.lorenz"))
    desk.office.audit.verify()


async def test_what_an_extension_brought_outlives_a_retraining(desk: RoutingDesk, tmp_path: Path) -> None:
    """Learning is about the intents that ship; a router that learned must not forget the others, nor learn them."""
    examples = (
        "book the sauna",
        "sauna for two tonight",
        "is the sauna free",
        "heat the sauna at six",
        "no sauna today",
    )
    lines = "".join(f"      - {text}\n" for text in examples)
    text = f"agent: spa\nintents:\n  - id: sauna\n    reading: book the sauna\n    examples:\n{lines}"
    (tmp_path / "spa.yaml").write_text(text, encoding="utf-8")
    router = desk.load_router(IntentFolder(tmp_path, ("spa.yaml",)))
    before = desk.versions.in_force(TENANT)
    ran, counted = desk.learn([*shared(), correction("warm it up", PEOPLE[0], "sauna")])
    assert ran.state == "adopted", ran.reasons
    assert counted.set_aside["names no intent that can be learned"] == 1
    assert router.classifier.examples != before.examples
    assert (await router.route(ASKED)).intent == "refund"
    assert (await router.route("could we have the sauna on Friday?")).intent == "sauna"


@pytest.mark.parametrize("intent", ["refund", "bank_change"])
async def test_thousands_of_corrections_of_one_person_move_nothing(desk: RoutingDesk, intent: str) -> None:
    """One account, right or wrong, must not decide where everybody's messages go; nor two accounts of one human."""
    was = await desk.route(ASKED)
    flood = [correction(text, "mara.voss", intent) for text in FLOOD]
    flood += [correction(text, "mara.voss.admin", intent) for text in UNSURE]
    ran, _ = desk.learn(flood)
    assert ran.state == "kept"
    assert ran.reasons[0].startswith("corrections of")
    assert (await desk.route(ASKED)).intent == was.intent


async def test_among_honest_colleagues_a_flood_counts_like_one_person(desk: RoutingDesk) -> None:
    """An attacker must neither steer the router nor keep honest people from teaching it."""
    flood = [correction(text, "mara.voss", "bank_change") for text in FLOOD]
    ran, counted = desk.learn([*flood, *shared()])
    assert counted.distrusted == ("mara.voss",)
    assert ran.state == "adopted", ran.reasons
    assert (await desk.route(ASKED)).intent == "refund"


async def test_conspirators_cannot_turn_an_intent_around(desk: RoutingDesk) -> None:
    """Three who say that payments to release are questions about orders say what nobody had asked them."""
    texts = [f"release the payment for the {thing} {when}" for thing in THINGS for when in ("now", "today", "please")]
    ran, counted = desk.learn(shared(texts, PEOPLE[:3], "order_status"))
    assert ran.state == "kept"
    assert counted.set_aside["of readings that the router could not have offered"] == len(texts)
    assert (await desk.route("release the payment for the pump")).intent == "payment_release"


def test_what_cannot_be_learned_is_set_aside(desk: RoutingDesk) -> None:
    """A yes, a no and what is out of scope come from the shipped examples alone; contradictions prove nothing."""
    examples = [correction(f"yes {n}", PEOPLE[n % 4], "agree") for n in range(9)]
    examples += [
        correction("the hoist came back", who, what)
        for who, what in zip(PEOPLE[:2], ("refund", "complaint"), strict=True)
    ]
    examples += [correction("it came back", "tom.adler", run=f"run-{n}") for n in range(5)]
    _, counted = desk.learn(examples)
    assert counted.set_aside == {
        "names no intent that can be learned": 9,
        "contradicted by somebody else": 2,
        "said again of the same request": 4,
    }


def test_a_forgotten_person_s_corrections_are_not_trained_on_again(desk: RoutingDesk) -> None:
    """Erasing reaches the corrections, and no word of theirs is in the router that was trained on them."""
    secret = [f"the {thing} of Zyxwickel came back" for thing in THINGS]
    ran, _ = desk.learn([*shared(), *shared(secret)])
    assert ran.state == "adopted", ran.reasons
    model = desk.versions.get_standing(TENANT, ROUTING).model
    assert model is not None
    assert not [term for term in model.classifier.words.places if "zyx" in term or "wick" in term]
    assert desk.loop._examples.forget(TENANT, "Zyxwickel", "pia.lorenz") == len(secret)
    assert desk.loop._examples.forget(TENANT, "tom.adler", "pia.lorenz") == 12
    assert desk.loop.status(TENANT).examples == 36


async def test_a_router_that_was_changed_in_the_database_routes_nothing(desk: RoutingDesk, office: Office) -> None:
    """Weights swapped behind the log's back are not used: the router of this version is."""
    was = await desk.route(ASKED)
    assert desk.learn(shared())[0].state == "adopted"
    with begin_write(office.engine) as connection:
        row = connection.execute(table.select()).one()
        content = row.content.replace('"version":2', '"version":3')
        assert content != row.content
        connection.execute(update(table).values(content=content))
    fresh = RoutingDesk(office, desk.embedder)
    assert (await fresh.route(ASKED)).intent == was.intent
    assert fresh.loop.status(TENANT).standing.model is None


async def test_killed_in_the_middle_the_old_router_is_in_force(
    desk: RoutingDesk, office: Office, tmp_path: Path
) -> None:
    """A SIGKILL while a router comes into force leaves the old one, whole, and the next run ends what was begun."""
    was = await desk.route(ASKED)
    desk.loop._examples.add(shared())
    desk.loop._corrections(TENANT, desk.versions.in_force(TENANT))
    assert desk.loop._held_out
    desk.embedder.write(tmp_path / "vectors.npz")
    command = [sys.executable, routing_loop.__file__, str(office.folder), str(tmp_path / "vectors.npz")]
    paths = {"PYTHONPATH": str(Path(routing_loop.__file__).parent)}
    ended = subprocess.run(command, env=paths, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert (await desk.route(ASKED)).intent == was.intent
    office.audit.verify()
    assert desk.loop.train(office.who("pia.lorenz"))[0].state == "adopted"
    assert (await desk.route(ASKED)).intent == "refund"
