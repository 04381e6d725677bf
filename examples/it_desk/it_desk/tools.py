"""The tools of the IT desk: access to business systems, licences, devices.

A write is marked with the key of its effect in the same transaction. So a retry finds it done, and after a crash
``reconcile`` can say whether it happened.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from countersign.policies.domain.proposal import Effect
from countersign.policies.errors import BadInput
from countersign.tools.asked_as import AskedAs
from countersign.tools.connectors.port import BusinessRecord, Conflict, SystemOfRecord
from countersign.tools.spec import Arguments, Fields, Result, ToolContext, check_running, tool

SYSTEM_FIELDS: Fields = {"system_id": "text", "title": "text", "owner": "text", "finance": "yes/no"}
ACCESS_FIELDS: Fields = {"access_id": "text", "person": "text", "system_id": "text", "level": "text", "status": "text"}
PERSON_FIELDS: Fields = {"user_id": "text", "manager": "text?"}
PRODUCT_FIELDS: Fields = {"product_id": "text", "title": "text", "free": "number"}
DEVICE_FIELDS: Fields = {"device_id": "text", "model": "text", "holder": "text", "status": "text"}


class SystemChoice(Arguments):
    """Which business system."""

    system_id: str


class AccessRequest(Arguments):
    """Which access the person who asks would get."""

    system_id: str
    level: Literal["read", "write"]


class AccessChoice(Arguments):
    """Which access."""

    access_id: str


class ProductChoice(Arguments):
    """Which software."""

    product_id: str


class DeviceChoice(Arguments):
    """Which device."""

    device_id: str


class Holders(Result):
    """A system, and who has access to it."""

    system_id: str
    title: str
    owner: str
    people: list[str]


class Access(Result):
    """One access, as it was recorded."""

    access_id: str
    person: str
    system_id: str
    level: str
    status: str


class Product(Result):
    """A software, and how many licences are free."""

    product_id: str
    title: str
    free: int


class Device(Result):
    """A device, and who has it."""

    device_id: str
    model: str
    holder: str
    status: str


def require(records: SystemOfRecord, kind: str, id: str) -> BusinessRecord:
    """The record with this id, or a sentence that says there is none."""
    found = records.get(kind, id)
    if found is None:
        raise BadInput(f"There is no {kind} {id}; check the id.")
    return found


def make_access(row: BusinessRecord) -> Access:
    """An access from its row."""
    return Access(
        access_id=row["id"],
        person=row["person"],
        system_id=row["system_id"],
        level=row["level"],
        status=row["status"],
    )


def make_device(row: BusinessRecord) -> Device:
    """A device from its row."""
    return Device(device_id=row["id"], model=row["model"], holder=row["holder"], status=row["status"])


def make_product(row: BusinessRecord) -> Product:
    """A software from its row."""
    return Product(product_id=row["id"], title=row["title"], free=row["seats"] - row["used"])


def describe_requester(context: ToolContext) -> dict[str, Any]:
    """What rules see of the person who asks: who they are, and who leads them."""
    return {"user_id": context.principal.user_id, "manager": context.principal.manager}


@contextmanager
def change_once(context: ToolContext, about: str, before: str, after: str) -> Iterator[SystemOfRecord | None]:
    """One transaction, marked with the effect's key; ``None`` when this very effect was made already."""
    check_running(context)
    try:
        with context.services.records.transaction() as records:
            if records.by_key("change", context.key) is not None:
                yield None
                return
            yield records
            records.insert("change", {"about": about, "before": before, "after": after}, key=context.key)
    except Conflict as conflict:
        raise BadInput(f"{conflict} Nothing was changed.") from conflict


def is_done(context: ToolContext) -> bool:
    """Whether this very effect happened."""
    return context.services.records.by_key("change", context.key) is not None


def load_system_facts(args: SystemChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    """The system."""
    row = require(context.services.records, "system", args.system_id)
    return {"system": {"system_id": row["id"], "title": row["title"], "owner": row["owner"], "finance": row["finance"]}}


def load_request_facts(args: AccessRequest, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    """The system, and the person who would get access: whoever asks."""
    facts = load_system_facts(SystemChoice(system_id=args.system_id), context)
    return {**facts, "person": describe_requester(context)}


def load_access_facts(args: AccessChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    """The access, and whose it is."""
    row = require(context.services.records, "access", args.access_id)
    return {"access": make_access(row).model_dump()}


def load_product_facts(args: ProductChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    """The software."""
    return {"product": make_product(require(context.services.records, "product", args.product_id)).model_dump()}


def load_device_facts(args: DeviceChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    """The device."""
    return {"device": make_device(require(context.services.records, "device", args.device_id)).model_dump()}


def load_hand_out_facts(args: DeviceChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    """The device, and the person who would get it: whoever asks."""
    return {**load_device_facts(args, context), "person": describe_requester(context)}


@tool(
    "it_desk.get_holders",
    effect=Effect.READ,
    owner="it",
    system="it_desk",
    summary="Look who has access to {system_id}",
    facts=load_system_facts,
    touches={"system": SYSTEM_FIELDS},
    visible=("system_id", "title", "owner", "people"),
)
def get_holders(args: SystemChoice, context: ToolContext) -> Holders:
    """Says what a business system is, who owns it, and who has access."""
    row = require(context.services.records, "system", args.system_id)
    where = {"system_id": row["id"], "status": "active"}
    found = context.services.records.find("access", where=where, order_by="person", limit=1000)
    people = [f"{item['person']} ({item['level']}, {item['id']})" for item in found]
    return Holders(system_id=row["id"], title=row["title"], owner=row["owner"], people=people)


def find_granted(_args: AccessRequest, context: ToolContext) -> Access | None:
    """The access that this effect made, or None when it made none."""
    row = context.services.records.by_key("access", context.key)
    return make_access(row) if row else None


@tool(
    "it_desk.grant_access",
    effect=Effect.WRITE,
    asked_as=AskedAs(
        verbs=("request",),
        light_verbs=("give", "grant", "get", "add"),
        objects=("access", "right", "permission"),
        examples=("I need read access to SYS-01",),
    ),
    owner="it",
    system="it_desk",
    summary="Give {level} access to {system_id}",
    critical=("system_id", "level"),
    idempotent=True,
    facts=load_request_facts,
    touches={"system": SYSTEM_FIELDS, "person": PERSON_FIELDS},
    reconcile=find_granted,
    undo_tool="it_desk.revoke_access",
    undo=lambda _args, result: {"access_id": result["access_id"]},
    visible=("access_id", "person", "system_id", "level", "status"),
)
def grant_access(args: AccessRequest, context: ToolContext) -> Access:
    """Gives the person who asks access to a business system, to read or to write."""
    check_running(context)
    with context.services.records.transaction() as records:
        known = records.by_key("access", context.key)
        if known is None:
            system = require(records, "system", args.system_id)
            same = {"person": context.principal.user_id, "system_id": system["id"], "status": "active"}
            if found := records.find("access", where=same, limit=1):
                raise BadInput(f"You have {found[0]['level']} access to {system['id']} already.")
            records.insert("access", {**same, "level": args.level}, key=context.key)
            known = records.by_key("access", context.key)
        if known is None:
            raise BadInput("The access was not recorded; nothing was changed.")
        return make_access(known)


def find_revoked(args: AccessChoice, context: ToolContext) -> Access | None:
    """The access as it is, when this effect took it away."""
    return make_access(require(context.services.records, "access", args.access_id)) if is_done(context) else None


@tool(
    "it_desk.revoke_access",
    effect=Effect.WRITE,
    owner="it",
    system="it_desk",
    summary="Take access {access_id} away",
    critical=("access_id",),
    idempotent=True,
    facts=load_access_facts,
    touches={"access": ACCESS_FIELDS},
    reconcile=find_revoked,
    visible=("access_id", "person", "system_id", "level", "status"),
)
def revoke_access(args: AccessChoice, context: ToolContext) -> Access:
    """Takes an access away."""
    with change_once(context, args.access_id, "active", "revoked") as records:
        if records is not None:
            records.update("access", args.access_id, {"status": "revoked"}, {"status": "active"})
    return make_access(require(context.services.records, "access", args.access_id))


@tool(
    "it_desk.get_licences",
    effect=Effect.READ,
    owner="it",
    system="it_desk",
    summary="Look how many licences of {product_id} are free",
    facts=load_product_facts,
    touches={"product": PRODUCT_FIELDS},
    visible=("product_id", "title", "free"),
)
def get_licences(args: ProductChoice, context: ToolContext) -> Product:
    """Says how many licences of a software are free."""
    return make_product(require(context.services.records, "product", args.product_id))


def find_product_change(args: ProductChoice, context: ToolContext) -> Product | None:
    """The software as it is, when this effect changed it."""
    return make_product(require(context.services.records, "product", args.product_id)) if is_done(context) else None


def use_licence(context: ToolContext, product_id: str, more: int) -> Product:
    """Takes a licence, or gives one back, once."""
    row = require(context.services.records, "product", product_id)
    used = row["used"] + more
    with change_once(context, row["id"], str(row["used"]), str(used)) as records:
        if records is not None:
            if not 0 <= used <= row["seats"]:
                raise BadInput(f"No licence of {row['id']} is {'free' if more > 0 else 'in use'}; nothing was changed.")
            records.update("product", row["id"], {"used": used}, {"used": row["used"]})
    return make_product(require(context.services.records, "product", product_id))


@tool(
    "it_desk.assign_licence",
    effect=Effect.WRITE,
    owner="it",
    system="it_desk",
    summary="Use a licence of {product_id}",
    critical=("product_id",),
    idempotent=True,
    facts=load_product_facts,
    touches={"product": PRODUCT_FIELDS},
    reconcile=find_product_change,
    undo_tool="it_desk.return_licence",
    undo=lambda args, _result: {"product_id": args["product_id"]},
    visible=("product_id", "title", "free"),
)
def assign_licence(args: ProductChoice, context: ToolContext) -> Product:
    """Gives the person who asks a licence of a software, when one is free."""
    return use_licence(context, args.product_id, 1)


@tool(
    "it_desk.return_licence",
    effect=Effect.WRITE,
    owner="it",
    system="it_desk",
    summary="Give back a licence of {product_id}",
    critical=("product_id",),
    idempotent=True,
    facts=load_product_facts,
    touches={"product": PRODUCT_FIELDS},
    reconcile=find_product_change,
    visible=("product_id", "title", "free"),
)
def return_licence(args: ProductChoice, context: ToolContext) -> Product:
    """Gives a licence of a software back."""
    return use_licence(context, args.product_id, -1)


@tool(
    "it_desk.get_device",
    effect=Effect.READ,
    owner="it",
    system="it_desk",
    summary="Look at device {device_id}",
    facts=load_device_facts,
    touches={"device": DEVICE_FIELDS},
    visible=("device_id", "model", "holder", "status"),
)
def get_device(args: DeviceChoice, context: ToolContext) -> Device:
    """Says what a device is and who has it."""
    return make_device(require(context.services.records, "device", args.device_id))


def find_device_change(args: DeviceChoice, context: ToolContext) -> Device | None:
    """The device as it is, when this effect changed it."""
    return make_device(require(context.services.records, "device", args.device_id)) if is_done(context) else None


def move_device(context: ToolContext, device_id: str, values: Mapping[str, str], expected: Mapping[str, str]) -> Device:
    """Changes who has a device, once, and only if it is as expected."""
    with change_once(context, device_id, str(expected), str(values)) as records:
        if records is not None:
            records.update("device", device_id, values, expected)
    return make_device(require(context.services.records, "device", device_id))


@tool(
    "it_desk.hand_out",
    effect=Effect.WRITE,
    owner="it",
    system="it_desk",
    summary="Hand device {device_id} out",
    critical=("device_id",),
    idempotent=True,
    facts=load_hand_out_facts,
    touches={"device": DEVICE_FIELDS, "person": PERSON_FIELDS},
    reconcile=find_device_change,
    undo_tool="it_desk.take_back",
    undo=lambda args, _result: {"device_id": args["device_id"]},
    visible=("device_id", "model", "holder", "status"),
)
def hand_out(args: DeviceChoice, context: ToolContext) -> Device:
    """Hands a device that is in stock out to the person who asks."""
    after = {"holder": context.principal.user_id, "status": "handed out"}
    return move_device(context, args.device_id, after, {"holder": "", "status": "in stock"})


@tool(
    "it_desk.take_back",
    effect=Effect.WRITE,
    owner="it",
    system="it_desk",
    summary="Take device {device_id} back",
    critical=("device_id",),
    idempotent=True,
    facts=load_device_facts,
    touches={"device": DEVICE_FIELDS},
    reconcile=find_device_change,
    visible=("device_id", "model", "holder", "status"),
)
def take_back(args: DeviceChoice, context: ToolContext) -> Device:
    """Takes a device back into stock."""
    row = require(context.services.records, "device", args.device_id)
    return move_device(context, args.device_id, {"holder": "", "status": "in stock"}, {"holder": row["holder"]})


TOOLS = (
    get_holders,
    grant_access,
    revoke_access,
    get_licences,
    assign_licence,
    return_licence,
    get_device,
    hand_out,
    take_back,
)
