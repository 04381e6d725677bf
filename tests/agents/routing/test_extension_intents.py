"""What extensions bring is routed by five examples an intent, and what ships is judged as if they were not there."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from countersign.agents.intents import INTENTS
from countersign.agents.routing.classifier_file import load_classifier
from countersign.agents.routing.intents import OUT_OF_SCOPE, IntentFolder, load_held_out
from countersign.agents.routing.route import Clarification
from countersign.agents.routing.router import Router
from countersign.memory.embeddings.minilm import MiniLM
from countersign.policies.errors import BadInput

FLEET = """
agent: fleet
intents:
  - id: vehicle_booking
    reading: reserve a pool car
    acts: true
    examples:
      - I need a pool car on Tuesday
      - reserve the van for the trade fair, please
      - is one of the electric cars free tomorrow
      - book me a vehicle for the trip to Bremen
      - can I take a car home over the weekend
  - id: vehicle_damage
    reading: report damage to a vehicle
    acts: true
    examples:
      - I scratched the van on a gatepost
      - the windscreen of the pool car has a crack
      - a warning light came on while I was driving
      - somebody dented our car in the car park
      - flat tyre on the motorway, what now
"""
RULES = """
version: 1
identifiers:
  - {kind: vehicle, prefixes: [CAR], reads_as: vehicle}
commands: {car: vehicle_booking}
mentions: {fleet: fleet}
request_starts: drive
rules:
  - {id: damage-of-named-vehicle, begins: "damage\\\\b", about: [vehicle], intent: vehicle_damage}
"""


class CountingEmbedder(MiniLM):
    """The product's embedder, which remembers what it embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str]) -> Any:
        self.seen += texts
        return super().embed(texts)


@pytest.fixture(scope="module")
def embedder() -> MiniLM:
    return MiniLM()


@pytest.fixture
def fleet(tmp_path: Path) -> IntentFolder:
    """The intents of a department that no package ships."""
    (tmp_path / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    return IntentFolder(tmp_path, ("fleet.yaml",))


@pytest.fixture
def router(embedder: MiniLM, fleet: IntentFolder) -> Router:
    return Router.load(embedder, INTENTS, fleet)


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("could somebody lend me a company car for Thursday?", "vehicle_booking"),
        ("I'd like to reserve the minibus for our team outing", "vehicle_booking"),
        ("there's a dent in the van's door", "vehicle_damage"),
        ("the engine light of the car is on", "vehicle_damage"),
    ],
)
async def test_other_words_than_the_examples_find_the_agent(router: Router, message: str, intent: str) -> None:
    """An extension would have to be trained with, or would be asked for in its examples' words alone."""
    found = await router.route(message)
    assert (found.how, found.agents, found.intent) == ("classifier", ("fleet",), intent)


async def test_what_ships_is_judged_to_the_last_bit_as_before(router: Router, embedder: MiniLM) -> None:
    """The shipped agents' figures would depend on who else is installed."""
    alone = Router.load(embedder, INTENTS)
    same = 0
    for item in load_held_out(INTENTS.held_out):
        before, after = alone.judge(item.text)[item.text], router.judge(item.text)[item.text]
        assert (await alone.route(item.text)).intent == (await router.route(item.text)).intent, item.text
        same += replace(after, ranking=after.ranking[: len(before.ranking)]) == before
    assert same >= 160  # of 165; on a few others there is a weak claim, which changes no route


async def test_strangers_stay_out_of_scope(router: Router) -> None:
    """Whatever is none of anybody's business would go to the newest agent."""
    for message in ("what's the weather in Rome?", "write a poem", "recommend a good movie", "how do I bake bread"):
        assert (await router.route(message)).how == "out_of_scope", message


async def test_a_retrained_router_keeps_them(embedder: MiniLM, fleet: IntentFolder) -> None:
    """Learning from corrections of shipped intents would lose what an extension brought."""
    shipped = load_classifier(INTENTS.classifier)
    moved = shipped.weights + np.random.default_rng(1).normal(0, 0.01, shipped.weights.shape).astype(np.float32)
    retrained = [shipped, replace(shipped, weights=moved, examples="retrained")]
    router = Router.load(embedder, INTENTS, fleet, in_force=lambda: retrained[0])
    for _ in range(2):
        assert (await router.route("there's a dent in the van's door")).intent == "vehicle_damage"
        assert (await router.route("refund ORD-8841")).intent == "refund"
        retrained.reverse()


async def test_opening_embeds_nothing_and_the_first_message_is_soon_there(fleet: IntentFolder) -> None:
    """Each start, also of commands that route nothing, would wait for the examples' vectors."""
    embedder = CountingEmbedder()
    start = perf_counter()
    router = Router.load(embedder, INTENTS, fleet)
    assert embedder.seen == []
    assert (await router.route("review contract CON-0031")).how == "rule"
    assert embedder.seen == []
    await router.route("there's a dent in the van's door")
    assert perf_counter() - start < 10
    seen = len(embedder.seen)
    await router.route("I'd like to reserve the minibus")
    assert len(embedder.seen) == seen + 1


async def test_vectors_are_kept_for_the_next_start(fleet: IntentFolder, tmp_path: Path) -> None:
    """Each command of a shell would embed all examples again; a damaged or foreign file would route at random."""
    kept, message = tmp_path / "vectors.npz", "there's a dent in the van's door"

    async def count(folder: IntentFolder, place: Path = kept) -> int:
        embedder = CountingEmbedder()
        router = Router.load(embedder, INTENTS, folder, kept_vectors=place)
        assert (await router.route(message)).intent == "vehicle_damage"
        return len(embedder.seen)

    assert await count(fleet) == 1 + 12
    assert await count(fleet) == 1
    kept.write_bytes(kept.read_bytes()[:500])
    assert await count(fleet) == 1 + 12
    (fleet.path / "fleet.yaml").write_text(FLEET.replace("scratched", "grazed"), encoding="utf-8")
    changed = IntentFolder(fleet.path, ("./fleet.yaml",))
    assert await count(changed) == 1 + 12
    assert await count(changed, tmp_path / "no such folder" / "vectors.npz") == 1 + 12
    assert [path.name for path in tmp_path.glob("vectors*")] == ["vectors.npz"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("      - flat tyre on the motorway, what now\n", "", ["vehicle_damage", "at least 5"]),
        ("- I need a pool car on Tuesday", "- HELLO  Assistant", ["HELLO", "greeting", "shared.yaml"]),
        ("- I need a pool car on Tuesday", "- Flat tyre on the motorway, what now", ["vehicle_damage", "already"]),
        ("id: vehicle_damage", "id: refund", ["'refund' is defined twice", "support.yaml"]),
        ("- I need a pool car on Tuesday", "- '???'", ["vehicle_booking", "no words"]),
        ("- I need a pool car on Tuesday", "- ' '", ["vehicle_booking", "empty"]),
        ("- I need a pool car on Tuesday", "- [a, list]", ["vehicle_booking", "string"]),
        ("- I need a pool car on Tuesday", "- 17", ["vehicle_booking", "string"]),
        ("acts: true", "actz: true", ["vehicle_booking", "actz"]),
        ("agent: fleet", "agent: assistant", ["vehicle_booking", "handoff"]),
        ("agent: fleet", "agent: fleet\ndepartments: {it: Ask Bob.}", ["'it'", "shared.yaml"]),
        ("agent: fleet", "agent: [", ["YAML"]),
    ],
)
def test_a_mistake_in_an_extension_s_file_is_named(fleet: IntentFolder, old: str, new: str, told: list[str]) -> None:
    """Somebody would route badly for weeks; or two extensions would answer to one name, by the order of installing."""
    assert old in FLEET
    text = FLEET.replace(old, new, 1)
    (fleet.path / "fleet.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        Router.load(MiniLM(), INTENTS, fleet)
    assert [word for word in ["fleet.yaml", *told] if word not in str(caught.value)] == []


def test_two_extensions_that_claim_an_intent_are_named(fleet: IntentFolder, tmp_path: Path) -> None:
    """Which of two departments a request reaches would depend on the order of installing."""
    other = tmp_path / "lot"
    other.mkdir()
    (other / "lot.yaml").write_text(FLEET.replace("agent: fleet", "agent: lot"), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        Router.load(MiniLM(), INTENTS, fleet, IntentFolder(other, ("lot.yaml",)))
    assert str(fleet.path / "fleet.yaml") in str(caught.value)
    assert str(other / "lot.yaml") in str(caught.value)


def test_examples_that_differ_in_ids_alone_are_one(fleet: IntentFolder) -> None:
    """One sentence with five numbers would pass for five examples."""
    (fleet.path / "rules.yaml").write_text(RULES, encoding="utf-8")
    text = FLEET
    for number, line in enumerate(FLEET[FLEET.index("- I scratched") :].split("      - ")[1:]):
        text = text.replace(line.strip(), f"look at CAR-10{number}")
    (fleet.path / "fleet.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"fleet\.yaml: intent vehicle_damage: only 2 of its examples differ"):
        Router.load(MiniLM(), INTENTS, fleet)


async def test_its_rules_come_after_those_that_ship(embedder: MiniLM, fleet: IntentFolder) -> None:
    """An extension could not name its records, or its rules would take what others settle."""
    (fleet.path / "rules.yaml").write_text(RULES, encoding="utf-8")
    router = Router.load(embedder, INTENTS, fleet)
    assert (await router.route("/car for Monday")).intent == "vehicle_booking"
    assert (await router.route("damage to CAR-104")).how == "rule"
    assert (await router.route("@fleet I'd like to reserve the minibus")).intent == "vehicle_booking"
    assert (await router.route("@fleet how is it")).clarification is not None
    assert (await router.route("refund ORD-8841")).intent == "refund"
    spanning = await router.route("Drive me to CAR-12 and refund ORD-8841")
    assert "refund" in [part.intent for part in spanning.parts] or spanning.clarification


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("car: vehicle_booking", "refund: vehicle_booking", "command 'refund' is there already"),
        ("fleet: fleet", "legal: fleet", "mention 'legal' is there already"),
        ("fleet: fleet", "fleet: flet", "no agent 'flet'"),
        ("prefixes: [CAR]", "prefixes: [INV]", "'INV' are there already"),
        ("prefixes: [CAR]", "prefixes: [WORTH]", "'worth 40' in the example"),
        ("damage-of-named-vehicle", "refund-of-named-order", "stands twice"),
        ("intent: vehicle_damage", "intent: refund", "'refund' is no intent of an extension"),
        ("intent: vehicle_damage", "intent: vehicle_dammage", "no intent 'vehicle_dammage'"),
        ("version: 1", "version: 1\nthresholds: {accept: 0.1}", "thresholds"),
        ("version: 1", "version: [", "YAML"),
    ],
)
def test_rules_that_change_what_ships_are_refused(fleet: IntentFolder, old: str, new: str, told: str) -> None:
    """An extension could turn other departments' requests to itself, or change when people are asked."""
    assert old in RULES
    (fleet.path / "rules.yaml").write_text(RULES.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        Router.load(MiniLM(), INTENTS, fleet)
    assert told in str(caught.value)
    assert "rules.yaml" in str(caught.value)


async def test_a_question_of_may_i_reaches_the_agent_it_is_about(router: Router) -> None:
    """The rule that knows three handbooks would take every "may I …" for a question about one of these."""
    assert (await router.route("may I take a pool car home on Friday?")).agents == ("fleet",)
    assert (await router.route("may I give a customer 6 percent without asking")).intent == "finance_policy_question"


async def test_a_mention_of_an_agent_with_one_intent_is_understood(embedder: MiniLM, fleet: IntentFolder) -> None:
    """A department that begins with one intent would answer its mention with a stack trace."""
    (fleet.path / "fleet.yaml").write_text(FLEET[: FLEET.index("  - id: vehicle_damage")], encoding="utf-8")
    (fleet.path / "rules.yaml").write_text("version: 1\nmentions: {fleet: fleet}\n", encoding="utf-8")
    router = Router.load(embedder, INTENTS, IntentFolder(fleet.path, ("./fleet.yaml",)))
    assert (await router.route("@fleet I'd like to reserve the minibus")).agents == ("fleet",)
    assert (await router.route("@fleet refund this")).clarification is not None


async def test_a_question_outlives_the_extension_that_it_is_about(embedder: MiniLM) -> None:
    """Taking an extension out would break every conversation in which it had asked."""
    alone = Router.load(embedder, INTENTS)
    waiting = Clarification("the van", ("vehicle_booking", "vehicle_damage"))
    assert (await alone.route("1", clarifying=waiting)).how == "handoff"
    assert (await alone.route("refund ORD-8841", clarifying=waiting)).intent == "refund"


async def test_what_absent_agents_do_is_handed_over(embedder: MiniLM, fleet: IntentFolder) -> None:
    """A department that is installed alone would send people to agents that are not there."""
    router = Router.load(embedder, INTENTS, fleet, agents=("support", "fleet"))
    for message in ("review contract CON-0031", "@legal review CON-0031", "put down in CON-0060 that they called"):
        found = await router.route(message)
        assert (found.agents, found.playbook) == ((), None), message
    found = await router.route("review contract CON-0031", attachment_kind="contract")
    assert (found.how, found.handoff, found.agents) == ("handoff", "legal", ())
    assert "legal" in router.catalogue.departments
    assert (await router.route("refund ORD-8841")).agents == ("support",)
    assert (await router.route("there's a dent in the van's door")).agents == ("fleet",)
    assert (await router.route("what's the weather in Rome?")).intent == OUT_OF_SCOPE
