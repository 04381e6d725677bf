"""A small department that no package ships: parking spaces, on a system of record of its own."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from countersign.graphs.extensions.extension import Extension
from countersign.policies.domain.proposal import Effect
from countersign.policies.errors import BadInput
from countersign.tools.connectors.connector import Connector, ConnectorSettings
from countersign.tools.connectors.port import BusinessRecord, CompanyInfo, SystemOfRecord, Where
from countersign.tools.spec import Arguments, Result, ToolContext, check_running, tool

PACK = """
pack: parking
version: "1.0"
owner: it_admin
description: Who may reserve a parking space.
rules:
  - id: parking.see
    description: Everybody may look.
    owner: it_admin
    source: parking-handbook#1.1
    tools: [parking.get]
    roles: [employee]
    effect: allow
    reason: Everybody may see who has which space.
  - id: parking.reserve
    description: A manager signs.
    owner: it_admin
    source: parking-handbook#1.2
    tools: [parking.reserve, parking.free]
    roles: [employee]
    effect: review
    reviewers: [support_manager]
    reason: "Space {args.space} would be changed; a manager signs."
cases:
  - {name: somebody looks, tool: parking.get, principal: {roles: [employee]}, args: {space: A1}, expect: allow}
  - name: somebody reserves
    tool: parking.reserve
    principal: {roles: [employee]}
    args: {space: A1}
    expect: review
    seats: [support_manager]
"""
HANDBOOK = "# Parking handbook\n\n## 1.1 Looking\n\nEverybody.\n\n## 1.2 Reserving\n\nA manager signs.\n"


@dataclass
class ParkingSystem:
    """Spaces and who has them, in memory; a system of record as small as can be."""

    settings: ConnectorSettings
    spaces: dict[str, str] = field(default_factory=lambda: {"A1": "", "A2": "karl.weiss"})
    keys: dict[str, str] = field(default_factory=dict)

    def company(self) -> CompanyInfo:
        """Whose spaces they are."""
        return CompanyInfo("halden-birch", "Halden & Birch", "EUR", date(2026, 11, 30))

    def get(self, kind: str, id: str) -> BusinessRecord | None:
        """A space."""
        return {"id": id, "holder": self.spaces[id]} if kind == "space" and id in self.spaces else None

    def find(
        self, kind: str, *, where: Where | None = None, order_by: str | Sequence[str] = (), limit: int = 100
    ) -> list[BusinessRecord]:
        """All spaces."""
        raise BadInput(f"Nothing is searched here: {kind} {where} {order_by} {limit}.")

    def count(self, kind: str, *, where: Where | None = None) -> int:
        """How many there are."""
        raise BadInput(f"Nothing is counted here: {kind} {where}.")

    def insert(self, kind: str, values: Mapping[str, Any], *, key: str | None = None) -> str:
        """No space is made."""
        raise BadInput(f"Nothing is added here: {kind} {values} {key}.")

    def by_key(self, kind: str, key: str) -> BusinessRecord | None:
        """The space that was changed with this key."""
        return self.get(kind, self.keys[key]) if key in self.keys else None

    def update(self, kind: str, id: str, values: Mapping[str, Any], expected: Mapping[str, Any]) -> BusinessRecord:
        """Gives a space to somebody."""
        if self.spaces.get(id) != expected["holder"]:
            raise BadInput(f"The {kind} {id} is not as expected.")
        self.spaces[id] = values["holder"]
        self.keys[values["key"]] = id
        return {"id": id, "holder": self.spaces[id]}

    def transaction(self) -> AbstractContextManager[SystemOfRecord]:
        """One change at a time is all there is."""
        return nullcontext(self)


class Space(Arguments):
    """Which space."""

    space: str


class SpaceHolder(Result):
    """Who has it."""

    space: str
    holder: str


def _require(context: ToolContext, space: str) -> BusinessRecord:
    found = context.services.records.get("space", space)
    if found is None:
        raise BadInput(f"There is no space {space}.")
    return found


@tool("parking.get", effect=Effect.READ, owner="facilities", system="parking", summary="Look at {space}",
      visible=("space", "holder"))  # fmt: skip
def get_space(args: Space, context: ToolContext) -> SpaceHolder:
    """Says who has a parking space."""
    return SpaceHolder(space=args.space, holder=_require(context, args.space)["holder"])


def _find_change(_args: Space, context: ToolContext) -> SpaceHolder | None:
    found = context.services.records.by_key("space", context.key)
    return SpaceHolder(space=found["id"], holder=found["holder"]) if found else None


def _give(context: ToolContext, space: str, before: str, after: str) -> SpaceHolder:
    check_running(context)
    values = {"holder": after, "key": context.key}
    found = context.services.records.update("space", space, values, {"holder": before})
    return SpaceHolder(space=space, holder=found["holder"])


@tool("parking.reserve", effect=Effect.WRITE, owner="facilities", system="parking", summary="Reserve {space}",
      critical=("space",), reconcile=_find_change, idempotent=True, visible=("space", "holder"),
      undo_tool="parking.free", undo=lambda _args, result: {"space": result["space"]})  # fmt: skip
def reserve_space(args: Space, context: ToolContext) -> SpaceHolder:
    """Gives a free parking space to the requester."""
    return _give(context, args.space, "", context.principal.user_id)


@tool("parking.free", effect=Effect.WRITE, owner="facilities", system="parking", summary="Free {space}",
      critical=("space",), reconcile=_find_change, idempotent=True)  # fmt: skip
def free_space(args: Space, context: ToolContext) -> SpaceHolder:
    """Takes a parking space back."""
    return _give(context, args.space, _require(context, args.space)["holder"], "")


TOOLS = (get_space, reserve_space, free_space)


def make_parking(folder: Path, **changes: Any) -> Extension:
    """The extension, with its pack and handbook in a folder.

    Args:
        changes: fields that are otherwise.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "parking.yaml").write_text(PACK, encoding="utf-8")
    (folder / "parking-handbook.md").write_text(HANDBOOK, encoding="utf-8")
    fields: dict[str, Any] = {
        "tools": TOOLS,
        "connectors": (Connector("parking", ParkingSystem),),
        "packs": (folder / "parking.yaml",),
        "handbooks": (folder / "parking-handbook.md",),
    }
    return Extension("parking", "1.0", "facilities", **{**fields, **changes})
