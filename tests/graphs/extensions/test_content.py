"""What an assistant can do is a value whose parts fit; whoever leaves one out is told before anybody asks for it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from countersign.graphs.assistant.default_content import load_content
from countersign.graphs.extensions.content import check_content
from countersign.graphs.extensions.extension import ExtensionError
from countersign.tools.connectors.business import Business
from countersign.tools.connectors.connector import Connector, ConnectorSettings
from parking import TOOLS, ParkingSystem, make_parking
from shipped import SHIPPED


def test_what_ships_fits() -> None:
    """A release could name a workflow that nobody wrote."""
    check_content(SHIPPED)


def test_an_agent_that_names_no_workflow_of_the_content_is_refused(tmp_path: Path) -> None:
    """Its graph could not be made, and the reason would be a stack trace."""
    rogue = replace(SHIPPED.agents["support"], name="parking", workflows=("no_such",))
    with pytest.raises(ExtensionError, match="agent 'parking' names the workflow 'no_such'"):
        load_content(["support"], make_parking(tmp_path, agents=(rogue,)))


def test_two_extensions_that_claim_a_name_stop_the_start(tmp_path: Path) -> None:
    """Which of two tools runs would depend on the order in which packages were installed."""
    with pytest.raises(ExtensionError, match=r"'parking\.get' is claimed twice, by the extensions lot and parking"):
        load_content(["support"], make_parking(tmp_path), replace(make_parking(tmp_path), name="lot"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tools": (replace(TOOLS[0], name="Parking get"),)}, "a name that no model can be told"),
        ({"tools": (replace(TOOLS[0], owner=" "),)}, "has no owner"),
        ({"tools": (replace(TOOLS[1], critical=()), TOOLS[2])}, "names no critical argument"),
        ({"tools": (replace(TOOLS[1], critical=("place",)), TOOLS[2])}, "names the critical argument 'place'"),
        ({"tools": (replace(TOOLS[1], reconcile=None), TOOLS[2])}, "after a crash nobody could ask"),
        ({"tools": (replace(TOOLS[1], undo=None), TOOLS[2])}, "needs both undo_tool and undo"),
        ({"tools": TOOLS[:2]}, "names 'parking.free' as its undo_tool, but there is no such tool"),
        ({"tools": (replace(TOOLS[0], visible=("owner",)),)}, "names the visible field 'owner'"),
        ({"tools": (replace(TOOLS[0], summary="Look at {place}"),)}, "names the summary's field 'place'"),
        ({"tools": (replace(TOOLS[0], facts=lambda *_: {}),)}, "does not say which"),
        ({"tools": (replace(TOOLS[0], touches={"space": {"id": "text"}}),)}, "does not load them"),
        ({"connectors": (Connector("garage", ParkingSystem),)}, "opens the system 'garage', but no tool names it"),
        (
            {"connectors": (Connector("payments", ParkingSystem),)},
            "which the tool refunds.cancel of somebody",
        ),
        ({"handlers": {"no_such": SHIPPED.hand_over}}, "handles the intent 'no_such', but no intent file defines it"),
        ({"handlers": {"cancel": SHIPPED.hand_over}}, "handles the intent 'cancel', which belongs to 'assistant'"),
        ({"handbooks": (Path("no-such.md"),)}, "names the file no-such.md, which does not exist"),
    ],
)
def test_what_is_incomplete_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """It would be met in the middle of work, by somebody who cannot mend it."""
    with pytest.raises(ExtensionError) as caught:
        load_content(["support"], make_parking(tmp_path, **changes))
    assert said in str(caught.value)
    assert "parking" in str(caught.value)


def test_two_businesses_stop_the_start(tmp_path: Path) -> None:
    """An assistant would work for whichever comes first."""
    with pytest.raises(ExtensionError, match="extensions lot and parking each bring a business"):
        load_content(
            ["support"],
            replace(make_parking(tmp_path, tools=(), connectors=()), name="lot", handbooks=(), business=make_nothing),
            make_parking(tmp_path, business=make_nothing),
        )


def make_nothing(_settings: ConnectorSettings) -> Business:
    """A business that is never opened."""
    raise AssertionError
