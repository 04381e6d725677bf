"""An assistant with an extension: its rules are checked, the log says what was loaded, its tools reach their system."""

import asyncio
import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from countersign.graphs import Assistant
from countersign.graphs.extensions import checks
from countersign.graphs.extensions.checks import LOADED, check_extension_packs
from countersign.graphs.extensions.content import Content
from countersign.graphs.extensions.extension import Extension, ExtensionError
from countersign.memory.governance.attachments import AttachmentStore
from countersign.memory.memory import Memory
from countersign.policies.audit.log import AuditLog
from countersign.policies.crypto.private_keys import KeyFolder
from countersign.policies.crypto.signing import KeySigner
from countersign.policies.errors import BadInput, CountersignError, StorageError
from countersign.policies.filters.vault import Vault
from countersign.policies.governance.editions import Editions
from countersign.policies.review.store import ReviewStore
from countersign.policies.rules.policy_set import PolicySet
from countersign.tools.connectors.connector import Connector, ConnectorSettings
from countersign.tools.ledger.ledger import Ledger
from countersign.tools.outcome import Grant, Status
from countersign.tools.registry.proposals import Origin
from countersign.tools.registry.registry import Registry
from countersign.tools.spec import ToolContext
from parking import PACK, TOOLS, ParkingSystem, make_parking
from sqlalchemy import Connection, Engine


def open_with(home: Path, extension: Extension) -> Assistant:
    """An assistant with support and this extension."""
    return Assistant.open(home, extensions=["support", extension])


def propose(assistant: Assistant, tool: str, space: str) -> Any:
    """What comes of a call that a person asked for in so many words."""
    registry = assistant.core.services.registry
    origin = Origin(assistant.principal("mara.voss"), "support", "halden-birch/mara.voss/default", "run-1")
    return registry, registry.propose(tool, {"space": space}, origin, {"space": "user"})


def test_its_tools_reach_their_own_system_and_no_other(home: Path, tmp_path: Path) -> None:
    """A tool could read orders and salaries of a business that its department has nothing to do with."""
    opened: list[ParkingSystem] = []

    def connect(settings: ConnectorSettings) -> ParkingSystem:
        opened.append(ParkingSystem(settings))
        return opened[-1]

    extension = make_parking(tmp_path / "pack", connectors=(Connector("parking", connect),))
    with open_with(home, extension) as assistant:
        registry, proposal = propose(assistant, "parking.get", "A2")
        registry.decide(proposal)
        outcome = asyncio.run(registry.execute(proposal, Grant(proposal.digest)))
    assert outcome.status is Status.SUCCEEDED
    assert outcome.value == {"space": "A2", "holder": "karl.weiss"}
    assert len(opened) == 1
    assert opened[0].settings.folder == home / "extensions" / "parking"


def test_the_log_says_what_was_loaded_once(home: Path, tmp_path: Path) -> None:
    """Nobody could tell later which code decided and acted."""
    extension = make_parking(tmp_path / "pack")
    for _ in range(2):
        with open_with(home, extension) as assistant:
            records = list(assistant.core.services.audit.records(tenant="halden-birch", kind=LOADED))
    record = records[-1]
    assert len([item for item in records if item.data["extensions"] == record.data["extensions"]]) == 1
    told = {item["name"]: item for item in record.data["extensions"]}
    assert list(told) == ["shared", "support", "parking"]
    assert (told["parking"]["version"], told["parking"]["owner"]) == ("1.0", "facilities")
    assert len(told["parking"]["digest"]) == 64
    with open_with(home, dataclasses.replace(extension, version="1.1")) as assistant:
        records = list(assistant.core.services.audit.records(tenant="halden-birch", kind=LOADED))
    versions = [dict(item.data["extensions"][-1])["version"] for item in records[-2:]]
    assert versions == ["1.0", "1.1"]


def test_a_tool_without_a_rule_stops_the_start(home: Path, tmp_path: Path) -> None:
    """It would be denied to everybody, and its owner would look for the reason in the wrong place."""
    with pytest.raises(ExtensionError) as caught:
        open_with(home, make_parking(tmp_path / "pack", packs=()))
    assert "parking brings the tool parking.get, but no rule speaks of it" in str(caught.value)
    assert "add a rule" in str(caught.value)


def test_a_pack_whose_case_fails_stops_the_start(home: Path, tmp_path: Path) -> None:
    """Rules that do not do what their owner wrote down would decide."""
    extension = make_parking(tmp_path / "pack")
    pack = tmp_path / "pack" / "parking.yaml"
    pack.write_text(PACK.replace("expect: allow}", "expect: deny}"), encoding="utf-8")
    with pytest.raises(ExtensionError, match="pack parking, case 'somebody looks'"):
        open_with(home, extension)
    pack.write_text(PACK, encoding="utf-8")
    open_with(home, extension).close()


def test_a_pack_that_breaks_anothers_case_stops_the_start(home: Path, tmp_path: Path) -> None:
    """An extension could take from everybody what other departments may do, or allow what they deny."""
    extension = make_parking(tmp_path / "pack")
    wider = PACK.replace("tools: [parking.get]", "tools: [parking.get, refunds.issue]")
    (tmp_path / "pack" / "parking.yaml").write_text(wider, encoding="utf-8")
    with pytest.raises(ExtensionError, match="pack support, case"):
        open_with(home, extension)


def test_a_pack_that_cannot_be_read_stops_the_start(home: Path, tmp_path: Path) -> None:
    """Half of the rules would be in force."""
    extension = make_parking(tmp_path / "pack")
    (tmp_path / "pack" / "parking.yaml").write_text("pack: [", encoding="utf-8")
    with pytest.raises(CountersignError, match=r"parking\.yaml:2"):
        open_with(home, extension)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (lambda _settings: 1 / 0, "parking cannot open the system 'parking' (ZeroDivisionError"),
        (lambda _settings: (_ for _ in ()).throw(StorageError("The lot is closed.")), "The lot is closed."),
    ],
)
def test_a_system_that_cannot_be_opened_stops_the_start(
    home: Path, tmp_path: Path, how: Callable[[ConnectorSettings], Any], said: str
) -> None:
    """Work would begin that can only fail."""
    with pytest.raises(CountersignError) as caught:
        open_with(home, make_parking(tmp_path / "pack", connectors=(Connector("parking", how),)))
    assert said in str(caught.value)


def test_opening_again_costs_no_second_check(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every start would take as long as a test of all packs."""
    checked: list[str] = []

    def count(content: Content, policy: PolicySet) -> None:
        checked.append(policy.revision)
        check_extension_packs(content, policy)

    monkeypatch.setattr(checks, "check_extension_packs", count)
    extension = make_parking(tmp_path / "pack")
    for _ in range(3):
        open_with(home, extension).close()
    assert len(checked) == 1
    open_with(home, dataclasses.replace(extension, version="2.0")).close()
    assert len(checked) == 2


def test_a_connector_is_told_nothing_of_the_assistants_own(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A department's code would be handed the way to all conversations, or the key to every model."""
    monkeypatch.setenv("PARKING_URL", "https://lot.example")
    monkeypatch.setenv("COUNTERSIGN_MODEL_KEY", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    told: list[ConnectorSettings] = []

    def connect(settings: ConnectorSettings) -> ParkingSystem:
        told.append(settings)
        return ParkingSystem(settings)

    open_with(home, make_parking(tmp_path, connectors=(Connector("parking", connect),))).close()
    assert dict(told[0].environment) == {"PARKING_URL": "https://lot.example"}
    assert {item.name for item in dataclasses.fields(told[0])} == {"folder", "environment"}


FORBIDDEN = (
    Engine,
    Connection,
    AuditLog,
    Ledger,
    ReviewStore,
    Vault,
    Memory,
    AttachmentStore,
    Registry,
    Editions,
    KeyFolder,
    KeySigner,
)


def walk(value: Any, path: str, seen: set[int], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """What can be reached from a value by names that do not begin with ``_``."""
    if id(value) in seen or depth > 6 or isinstance(value, str | int | float | bytes | type(None) | date | type):
        return
    seen.add(id(value))
    yield path, value
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from walk(item, f"{path}[{key!r}]", seen, depth + 1)
    for name in dir(value):
        if not name.startswith("_") and not inspect.isroutine(inspect.getattr_static(value, name)):
            with suppress(Exception):
                yield from walk(getattr(value, name), f"{path}.{name}", seen, depth + 1)


def test_a_tool_is_handed_no_database_no_key_and_no_vault(home: Path, tmp_path: Path) -> None:
    """A department's code would read all conversations, or sign what it likes, by following a few names."""
    handed: list[ToolContext] = []

    def spy(args: Any, context: ToolContext, /) -> Any:
        handed.append(context)
        return TOOLS[0].run(args, context)

    tools = (dataclasses.replace(TOOLS[0], run=spy), *TOOLS[1:])
    with open_with(home, make_parking(tmp_path / "pack", tools=tools)) as assistant:
        registry, proposal = propose(assistant, "parking.get", "A2")
        registry.decide(proposal)
        asyncio.run(registry.execute(proposal, Grant(proposal.digest)))
        for context in (*handed, dataclasses.replace(handed[0], services=registry.services)):
            found = dict(walk(context, "context", set()))
            assert {"context.services", "context.services.memory", "context.services.records"} <= set(found)
            wrong = {path: type(item) for path, item in found.items() if isinstance(item, FORBIDDEN)}
            assert not wrong
    assert len(handed) == 1


def test_the_walk_finds_what_it_forbids(home: Path) -> None:
    """A walk that finds nothing would hold whatever is handed over."""
    with Assistant.open(home) as assistant:
        found = walk(assistant.core.services, "services", set())
        assert any(isinstance(item, Engine) for _, item in found)


def test_work_of_an_extension_that_was_left_out_waits_for_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What people were asked to sign would fail for ever because somebody changed a variable."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3] / "examples" / "it_desk"))
    desk = "it_desk.extension:EXTENSION"
    with Assistant.open(home, extensions=["support", desk]) as assistant:
        turn = assistant.send("please hand DEV-002 out to me", as_user="mara.voss", thread="left-out")
        (review,) = turn.pending
    with Assistant.open(home, extensions=["support"]) as assistant:
        with pytest.raises(BadInput, match="about work of it_desk, which is not loaded here"):
            assistant.answer(review.review_id, "approve", as_user="tom.adler")
        assert assistant.catch_up(as_user="mara.voss") == []
        assert review.review_id in [item.review_id for item in assistant.pending(as_user="tom.adler")]
        assert assistant.send("where is order 8841?", as_user="mara.voss", thread="other").reply
    with Assistant.open(home, extensions=["support", desk]) as assistant:
        answered = assistant.answer(review.review_id, "approve", as_user="tom.adler")
        assert answered is not None
        assert "DEV-002 (laptop 16 inch) is with mara.voss" in answered.reply


def test_a_request_that_was_taken_back_meanwhile_ends_when_the_extension_is_there(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would fail in the hands of whoever takes it back."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3] / "examples" / "it_desk"))
    desk = "it_desk.extension:EXTENSION"
    with Assistant.open(home, extensions=["support", desk]) as assistant:
        turn = assistant.send("please hand DEV-001 out to me", as_user="mara.voss", thread="taken-back")
        (review,) = turn.pending
    with Assistant.open(home, extensions=["support"]) as assistant:
        assert assistant.withdraw(review.review_id, as_user="mara.voss") is None
    with Assistant.open(home, extensions=["support", desk]) as assistant:
        (ended,) = assistant.catch_up(as_user="mara.voss")
        assert ended.run == turn.run
        assert ended.state == "done"
        assert "DEV-001 (laptop 14 inch) is in stock" in assistant.send("who has DEV-001?", as_user="tom.adler").reply
