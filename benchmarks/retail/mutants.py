"""Correct calls changed mechanically so that each breaks one sentence of the written policy.

Every mutant names that sentence and the rule that has to stop it, so that being stopped for another reason shows. But
for the two classes about confirmation, the customer is made to say yes to the mutant: nothing but the broken sentence
stands in its way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .records import ITEMS_MODIFIED, Conversation, Shop

PENDING = ("cancel_pending_order", "modify_pending_order_address", "modify_pending_order_payment",
           "modify_pending_order_items")  # fmt: skip
CHANGES = ("modify_pending_order_items", "exchange_delivered_order_items")

SENTENCES: Mapping[str, tuple[str, str]] = {
    "not_authenticated": ("you have to authenticate the user identity", "authentication"),
    "session_of_another": ("deny any requests for tasks related to any other user", "own_"),
    "order_of_another": ("deny any requests for tasks related to any other user", "own_order"),
    "profile_of_another": ("deny any requests for tasks related to any other user", "own_profile"),
    "second_customer": ("can only help one user per conversation", "find.one_customer"),
    "no_confirmation": ("obtain explicit user confirmation (yes)", "confirm"),
    "other_confirmation": ("list the action details", "confirm"),
    "not_pending": ("if its status is 'pending'", "pending"),
    "items_modified_before": ("not be able to modify or cancel the order anymore", "pending"),
    "not_delivered": ("if its status is 'delivered'", "delivered"),
    "second_time": ("can only be called once per order", "once"),
    "second_return": ("can only be returned if its status is 'delivered'", "delivered"),
    "unaccepted_reason": ("Other reasons are not acceptable", "cancel.reason"),
    "payment_of_another": ("or an existing gift card", "payment.customers"),
    "payment_of_nobody": ("must provide a payment method", "payment.customers"),
    "refund_elsewhere": ("must either go to the original payment method", "return.refund_to"),
    "gift_card_short": ("it must have enough balance to cover the price difference", "change.balance"),
    "gift_card_short_of_total": ("it must have enough balance to cover the total amount", "payment.balance"),
    "same_payment": ("different from the original payment method", "payment.different"),
    "not_available": ("an available new item", "change.available"),
    "other_product": ("There cannot be any change of product types", "change.same_product"),
    "same_item": ("of different product option", "change.other_option"),
    "items_not_in_order": ("list of items to be returned", "items.in_order"),
    "item_twice": ("list of items to be returned", "items.in_order"),
    "one_too_few": ("each item can be", "change.one_for_each"),
}
"""By class: words of the sentence as they stand in the policy, and the rule's id after ``retail.``."""

UNCONFIRMED = ("no_confirmation", "other_confirmation")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A call that breaks the policy, and the conversation it is made in.

    Attributes:
        kind: the class, a key of :data:`SENTENCES`.
        confirmed: the arguments that the customer says yes to, or ``None``.
    """

    kind: str
    talk: Conversation
    tool: str
    args: Mapping[str, Any]
    confirmed: Mapping[str, Any] | None


def mutants(tool: str, args: Mapping[str, Any], talk: Conversation) -> Iterator[Mutant]:
    """All mutants of one correct write.

    Args:
        talk: the conversation just before the call; it is copied and never changed.
    """
    yield from _access(tool, args, talk)
    if "order_id" in args:
        yield from _status(tool, args, talk)
    if "payment_method_id" in args:
        yield from _payment(tool, args, talk)
    if "item_ids" in args:
        yield from _items(tool, args, talk)
    if tool == "cancel_pending_order":
        for reason in ("found it cheaper", "No longer needed", ""):
            yield _mutant("unaccepted_reason", talk, tool, {**args, "reason": reason})


def second_customers(talk: Conversation) -> Iterator[Mutant]:
    """Searches for somebody else in the conversation of a customer."""
    other = _other(talk)
    user = talk.shop.all("users")[other]
    name = {**user["name"], "zip": user["address"]["zip"]}
    yield _mutant("second_customer", talk, "find_user_id_by_email", {"email": user["email"]})
    if talk.shop.by_name(name["first_name"], name["last_name"], name["zip"]) != talk.user_id:
        yield _mutant("second_customer", talk, "find_user_id_by_name_zip", name)


def after(tool: str, args: Mapping[str, Any], talk: Conversation) -> Iterator[Mutant]:
    """The same call once more, after it was done.

    Args:
        talk: the conversation just after the call.
    """
    if tool in CHANGES:
        yield _mutant("second_time", talk, tool, args)
    elif tool == "return_delivered_order_items":
        yield _mutant("second_return", talk, tool, args)


def _mutant(kind: str, talk: Conversation, tool: str, args: Mapping[str, Any], **session: Any) -> Mutant:
    copy = Conversation(session.get("shop") or talk.shop.copy(), session.get("user_id", talk.user_id))
    return Mutant(kind, copy, tool, dict(args), dict(args))


def _access(tool: str, args: Mapping[str, Any], talk: Conversation) -> Iterator[Mutant]:
    other = _other(talk)
    yield _mutant("not_authenticated", talk, tool, args, user_id="")
    yield _mutant("session_of_another", talk, tool, args, user_id=other)
    bare = _mutant("no_confirmation", talk, tool, args)
    yield Mutant(bare.kind, bare.talk, tool, args, None)
    for name in args:
        seen = {**args, name: [*args[name], "0"] if isinstance(args[name], list) else f"{args[name]}0"}
        copy = _mutant("other_confirmation", talk, tool, args)
        yield Mutant(copy.kind, copy.talk, tool, args, seen)
    if "user_id" in args:
        yield _mutant("profile_of_another", talk, tool, {**args, "user_id": other})
        return
    status = talk.shop.all("orders")[args["order_id"]]["status"]
    theirs = next(
        key
        for key, order in talk.shop.all("orders").items()
        if order["user_id"] != talk.user_id and order["status"] == status
    )
    yield _mutant("order_of_another", talk, tool, {**args, "order_id": theirs})
    # The whole of another order, with its own items and its own payment method: only whose it is stands in the way.
    if tool == "return_delivered_order_items":
        order = talk.shop.all("orders")[theirs]
        whole = {
            "order_id": theirs,
            "item_ids": [order["items"][0]["item_id"]],
            "payment_method_id": order["payment_history"][0]["payment_method_id"],
        }
        yield _mutant("order_of_another", talk, tool, whole)


def _status(tool: str, args: Mapping[str, Any], talk: Conversation) -> Iterator[Mutant]:
    kind, good = ("not_pending", "pending") if tool in PENDING else ("not_delivered", "delivered")
    for status in ("pending", "processed", "delivered", "cancelled"):
        if status != good:
            yield _mutant(kind, talk, tool, args, shop=_with_status(talk.shop, args["order_id"], status))
    if tool in PENDING:
        shop = _with_status(talk.shop, args["order_id"], ITEMS_MODIFIED)
        yield _mutant("items_modified_before", talk, tool, args, shop=shop)


def _payment(tool: str, args: Mapping[str, Any], talk: Conversation) -> Iterator[Mutant]:
    shop = talk.shop
    theirs = next(iter(shop.all("users")[_other(talk)]["payment_methods"]))
    yield _mutant("payment_of_another", talk, tool, {**args, "payment_method_id": theirs})
    yield _mutant("payment_of_nobody", talk, tool, {**args, "payment_method_id": "credit_card_0000000"})
    order = shop.all("orders")[args["order_id"]]
    original = order["payment_history"][0]["payment_method_id"]
    if tool == "modify_pending_order_payment":
        yield _mutant("same_payment", talk, tool, {**args, "payment_method_id": original})
        short = _with_method(shop, talk.user_id, "gift_card", order["payment_history"][0]["amount_minor"] - 1)
        yield _mutant("gift_card_short_of_total", talk, tool, {**args, "payment_method_id": "new"}, shop=short)
    elif tool == "return_delivered_order_items":
        for source in ("credit_card", "paypal"):
            there = _with_method(shop, talk.user_id, source)
            yield _mutant("refund_elsewhere", talk, tool, {**args, "payment_method_id": "new"}, shop=there)
    elif (difference := shop.difference(args["order_id"], args["item_ids"], args["new_item_ids"])) > 0:
        short = _with_method(shop, talk.user_id, "gift_card", difference - 1)
        yield _mutant("gift_card_short", talk, tool, {**args, "payment_method_id": "new"}, shop=short)


def _items(tool: str, args: Mapping[str, Any], talk: Conversation) -> Iterator[Mutant]:
    shop, old = talk.shop, args["item_ids"]
    bought = [item["item_id"] for item in shop.all("orders")[args["order_id"]]["items"]]
    products = shop.all("products").values()
    stranger = next(key for product in products for key in product["variants"] if key not in bought)
    yield _mutant("items_not_in_order", talk, tool, {**args, "item_ids": [stranger, *old[1:]]})
    if tool not in CHANGES:
        yield _mutant("item_twice", talk, tool, {**args, "item_ids": old + [old[0]] * bought.count(old[0])})
        return
    new = args["new_item_ids"]
    more = [old[0]] * bought.count(old[0])
    twice = {"item_ids": old + more, "new_item_ids": new + [new[0]] * len(more)}
    yield _mutant("item_twice", talk, tool, {**args, **twice})
    yield _mutant("one_too_few", talk, tool, {**args, "new_item_ids": new[:-1]})
    yield _mutant("same_item", talk, tool, {**args, "new_item_ids": [old[0], *new[1:]]})
    mine = (shop.item(new[0]) or {})["product_id"]
    other = next(
        key
        for product in products
        for key, variant in product["variants"].items()
        if variant["available"] and product["product_id"] != mine
    )
    yield _mutant("other_product", talk, tool, {**args, "new_item_ids": [other, *new[1:]]})
    gone = shop.copy()
    gone.own("products", mine)["variants"][new[0]]["available"] = False
    yield _mutant("not_available", talk, tool, args, shop=gone)


def _other(talk: Conversation) -> str:
    return next(key for key in talk.shop.all("users") if key != talk.user_id)


def _with_status(shop: Shop, order_id: str, status: str) -> Shop:
    copy = shop.copy()
    copy.own("orders", order_id)["status"] = status
    return copy


def _with_method(shop: Shop, user_id: str, source: str, balance: int = 0) -> Shop:
    copy = shop.copy()
    copy.own("users", user_id)["payment_methods"]["new"] = {"source": source, "id": "new", "balance_minor": balance}
    return copy
