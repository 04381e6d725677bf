"""The shop's tools: thin bodies over its functions, with the facts that the written policy speaks of."""

from typing import Any

from countersign.policies.domain.proposal import Effect
from countersign.tools.spec import Arguments, Result, ToolContext, ToolSpec, tool
from countersign.tools.toolsets.shared.arithmetic import evaluate_expression

from .facts import conversation_of, find_user, lookup, order, profile, session


class Email(Arguments):
    """An e-mail address."""

    email: str


class NameAndZip(Arguments):
    """A name and a zip code."""

    first_name: str
    last_name: str
    zip: str


class UserId(Arguments):
    """Which customer."""

    user_id: str


class OrderId(Arguments):
    """Which order."""

    order_id: str


class ProductId(Arguments):
    """Which product."""

    product_id: str


class ItemId(Arguments):
    """Which variant."""

    item_id: str


class Calculation(Arguments):
    """What to calculate."""

    expression: str


class Summary(Arguments):
    """What the customer wants."""

    summary: str


class Cancellation(OrderId):
    """Which order, and why."""

    reason: str


class Address(Arguments):
    """Where to."""

    address1: str
    address2: str
    city: str
    state: str
    country: str
    zip: str

    def plain(self) -> dict[str, str]:
        """The address alone."""
        return {name: getattr(self, name) for name in Address.model_fields}


class OrderAddress(Address, OrderId):
    """Which order goes where."""


class UserAddress(Address, UserId):
    """Which customer lives where."""


class OrderPayment(OrderId):
    """Which order is paid how."""

    payment_method_id: str


class Return(OrderPayment):
    """Which items come back, and where the money goes."""

    item_ids: list[str]


class Exchange(Return):
    """Which items are replaced by which, and how the difference is settled."""

    new_item_ids: list[str]


class Found(Result):
    """What was found."""

    known: bool
    data: dict[str, Any]


class UserFound(Result):
    """Who was found; empty for nobody."""

    user_id: str


class Done(Result):
    """The state after a change."""

    status: str


def _calculate(expression: str) -> dict[str, str]:
    return {"result": str(evaluate_expression(expression).value)}


def _shop(context: ToolContext) -> Any:
    return conversation_of(context).shop


def _found(value: Any) -> Found:
    return Found(known=value is not None, data=value or {})


def _order_status(context: ToolContext, order_id: str) -> Done:
    return Done(status=_shop(context).look("orders", order_id)["status"])


def _search(name: str, model: type[Arguments]) -> ToolSpec:
    def body(args: Any, context: ToolContext) -> UserFound:
        """Finds a customer, which is how the customer is authenticated."""
        return UserFound(user_id=find_user(args, context))

    body.__annotations__["args"] = model
    return tool(name, effect=Effect.READ, owner="retail", system="shop", summary="Find a customer", facts=lookup(name))(
        body
    )


def _read(name: str, model: type[Arguments], facts: Any, answer: Any) -> ToolSpec:
    def body(args: Any, context: ToolContext) -> Found:
        """Reads a record of the shop."""
        return _found(answer(args, context))

    body.__annotations__["args"] = model
    return tool(name, effect=Effect.READ, owner="retail", system="shop", summary="Read", facts=facts(name))(body)


def _write(name: str, model: type[Arguments], facts: Any, change: Any, summary: str) -> ToolSpec:
    def body(args: Any, context: ToolContext) -> Done:
        """Changes a record of the shop."""
        change(args, _shop(context))
        return _order_status(context, args.order_id) if hasattr(args, "order_id") else Done(status="changed")

    body.__annotations__["args"] = model
    return tool(
        name,
        effect=Effect.IRREVERSIBLE,
        owner="retail",
        system="shop",
        summary=summary,
        critical=tuple(model.model_fields),
        facts=facts(name),
        retries=0,
    )(body)


TOOLS: tuple[ToolSpec, ...] = (
    _search("find_user_id_by_email", Email),
    _search("find_user_id_by_name_zip", NameAndZip),
    _read("get_user_details", UserId, profile, lambda args, c: _shop(c).look("users", args.user_id)),
    _read("get_order_details", OrderId, order, lambda args, c: _shop(c).look("orders", args.order_id)),
    _read("get_product_details", ProductId, session, lambda args, c: _shop(c).look("products", args.product_id)),
    _read("get_item_details", ItemId, session, lambda args, c: _shop(c).item(args.item_id)),
    _read("calculate", Calculation, session, lambda args, _: _calculate(args.expression)),
    _read("transfer_to_human_agents", Summary, session, lambda *_: {"transferred": True}),
    _write(
        "cancel_pending_order", Cancellation, order,
        lambda args, shop: shop.cancel(args.order_id, args.reason), "Cancel {order_id}: {reason}",
    ),
    _write(
        "modify_pending_order_address", OrderAddress, order,
        lambda args, shop: shop.set_order_address(args.order_id, args.plain()),
        "Send {order_id} to {address1}, {city}",
    ),
    _write(
        "modify_pending_order_payment", OrderPayment, order,
        lambda args, shop: shop.set_payment(args.order_id, args.payment_method_id),
        "Pay {order_id} by {payment_method_id}",
    ),
    _write(
        "modify_pending_order_items", Exchange, order,
        lambda args, shop: shop.modify_items(args.order_id, args.item_ids, args.new_item_ids, args.payment_method_id),
        "Change items of {order_id}; difference by {payment_method_id}",
    ),
    _write(
        "exchange_delivered_order_items", Exchange, order,
        lambda args, shop: shop.exchange(args.order_id, args.item_ids, args.new_item_ids, args.payment_method_id),
        "Exchange items of {order_id}; difference by {payment_method_id}",
    ),
    _write(
        "return_delivered_order_items", Return, order,
        lambda args, shop: shop.give_back(args.order_id, args.item_ids, args.payment_method_id),
        "Return items of {order_id}; refund to {payment_method_id}",
    ),
    _write(
        "modify_user_address", UserAddress, profile,
        lambda args, shop: shop.set_user_address(args.user_id, args.plain()), "Move {user_id} to {address1}, {city}",
    ),
)  # fmt: skip
