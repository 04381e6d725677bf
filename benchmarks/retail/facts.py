"""What the rules judge of a call, loaded from the shop's records and the conversation; every field is always there."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from countersign.tools.spec import ToolContext

from .records import Conversation, Shop

Records = dict[str, dict[str, Any]]


def conversation_of(context: ToolContext) -> Conversation:
    """The conversation that a call belongs to."""
    found: Conversation = context.services.records.conversation(context.thread)  # type: ignore[attr-defined]
    return found


def session(tool: str) -> Callable[[Any, ToolContext], Records]:
    """Who was authenticated, whether it is who asks, and whether exactly this call was confirmed."""

    def load(args: Any, context: ToolContext) -> Records:
        talk = conversation_of(context)
        return {
            "session": {
                "user_id": talk.user_id,
                "authenticated": talk.user_id != "" and talk.user_id == context.principal.user_id,
                "confirmed": talk.has_confirmed(tool, args.model_dump(mode="json")),
            }
        }

    return load


def lookup(tool: str) -> Callable[[Any, ToolContext], Records]:
    """The session, and whom a search for a customer would find."""

    def load(args: Any, context: ToolContext) -> Records:
        return session(tool)(args, context) | {"found": {"user_id": find_user(args, context)}}

    return load


def find_user(args: Any, context: ToolContext) -> str:
    """The customer that a search names, or empty."""
    shop = conversation_of(context).shop
    if hasattr(args, "email"):
        return shop.by_email(args.email)
    return shop.by_name(args.first_name, args.last_name, args.zip)


def profile(tool: str) -> Callable[[Any, ToolContext], Records]:
    """The session, and whether the profile is that of the authenticated person."""

    def load(args: Any, context: ToolContext) -> Records:
        user = conversation_of(context).shop.look("users", args.user_id)
        return session(tool)(args, context) | {"user": {"known": user is not None, "user_id": args.user_id}}

    return load


def order(tool: str) -> Callable[[Any, ToolContext], Records]:
    """The session, the order, the payment method, and the items with those that shall replace them."""

    def load(args: Any, context: ToolContext) -> Records:
        shop = conversation_of(context).shop
        found = shop.look("orders", args.order_id)
        records = session(tool)(args, context) | {"order": _order(found)}
        if hasattr(args, "payment_method_id"):
            records["payment"] = _payment(shop, found, args.payment_method_id)
        if hasattr(args, "item_ids"):
            records["items"] = _items(found, args.item_ids)
        if hasattr(args, "new_item_ids"):
            records["change"] = _change(shop, found, args.order_id, args.item_ids, args.new_item_ids)
        return records

    return load


def _order(found: Mapping[str, Any] | None) -> dict[str, Any]:
    if found is None:
        return {"known": False, "user_id": "", "status": "", "changed": False, "total_minor": 0}
    status = found["status"]
    return {
        "known": True,
        "user_id": found["user_id"],
        "status": status,
        "changed": "exchange_items" in found or status.startswith("pending ("),
        "total_minor": found["payment_history"][0]["amount_minor"],
    }


def _payment(shop: Shop, order: Mapping[str, Any] | None, method: str) -> dict[str, Any]:
    owner = shop.look("users", order["user_id"]) if order else None
    found = owner["payment_methods"].get(method) if owner else None
    return {
        "of_customer": found is not None,
        "source": found["source"] if found else "",
        "balance_minor": found.get("balance_minor", 0) if found else 0,
        "original": order is not None and order["payment_history"][0]["payment_method_id"] == method,
    }


def _items(order: Mapping[str, Any] | None, asked: list[str]) -> dict[str, Any]:
    bought = Counter(item["item_id"] for item in order["items"]) if order else Counter()
    return {"count": len(asked), "in_order": not Counter(asked) - bought}


def _change(
    shop: Shop, order: Mapping[str, Any] | None, order_id: str, old: list[str], new: list[str]
) -> dict[str, Any]:
    bought = {item["item_id"]: item["product_id"] for item in order["items"]} if order else {}
    variants = [shop.item(key) for key in new]
    pairs = list(zip(old, variants, strict=False))
    return {
        "one_for_each": len(old) == len(new),
        "available": all(found is not None and found["available"] for found in variants),
        "same_product": all(found is not None and found["product_id"] == bought.get(key) for key, found in pairs),
        "other_option": all(key != becomes for key, becomes in zip(old, new, strict=False)),
        "difference_minor": shop.difference(order_id, old, new),
    }
