"""A shop's records for one conversation, the conversation itself, and what the shop's functions do to the records.

The functions are the shop's own: they change what they are told to change and look at no policy. Money is whole minor
units (cents).
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from countersign.policies.domain.canonical import canonicalize

MONEY = ("price", "amount", "balance")
ITEMS_MODIFIED = "pending (items modified)"


def load(folder: Path) -> dict[str, Any]:
    """Products, users and orders of ``db.json``, with money as whole minor units under ``price_minor`` and so on."""
    found: dict[str, Any] = _minor(json.loads((folder / "db.json").read_text(), parse_float=Decimal))
    return found


def _minor(value: Any) -> Any:
    if isinstance(value, list):
        return [_minor(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        f"{key}_minor" if key in MONEY else key: int((Decimal(item) * 100).quantize(1))
        if key in MONEY
        else _minor(item)
        for key, item in value.items()
    }


class Shop:
    """A shop of which every conversation has a copy of its own; only what it touched is copied.

    Args:
        base: from :func:`load`; never changed.
    """

    def __init__(self, base: Mapping[str, Any]) -> None:
        self._base = base
        self._own: dict[str, dict[str, Any]] = {"orders": {}, "users": {}, "products": {}}

    def look(self, kind: str, key: str) -> dict[str, Any] | None:
        """The record as it is now, not to be changed, or ``None``."""
        found: dict[str, Any] | None = self._own[kind].get(key) or self._base[kind].get(key)
        return found

    def own(self, kind: str, key: str) -> dict[str, Any]:
        """The record, to be changed."""
        if key not in self._own[kind]:
            self._own[kind][key] = deepcopy(self._base[kind][key])
        found: dict[str, Any] = self._own[kind][key]
        return found

    def copy(self) -> "Shop":
        """A shop in the same state."""
        shop = Shop(self._base)
        shop._own = deepcopy(self._own)
        return shop

    def state(self) -> str:
        """All that differs from the first state, as canonical JSON."""
        base = self._base
        changed = {
            kind: {key: item for key, item in own.items() if item != base[kind][key]} for kind, own in self._own.items()
        }
        return canonicalize(changed)

    def all(self, kind: str) -> Mapping[str, dict[str, Any]]:
        """All records of a kind as they are now."""
        return {**self._base[kind], **self._own[kind]}

    def by_email(self, email: str) -> str:
        """The user with this e-mail address, or empty."""
        return next((key for key, user in self.all("users").items() if user["email"].lower() == email.lower()), "")

    def by_name(self, first: str, last: str, zip_code: str) -> str:
        """The user with this name and zip code, or empty."""
        wanted = (first.lower(), last.lower(), zip_code)
        for key, user in self.all("users").items():
            name = user["name"]
            if (name["first_name"].lower(), name["last_name"].lower(), user["address"]["zip"]) == wanted:
                return key
        return ""

    def item(self, item_id: str) -> dict[str, Any] | None:
        """A variant with its ``product_id``, or ``None``."""
        for key, product in self.all("products").items():
            if found := product["variants"].get(item_id):
                return {**found, "product_id": key}
        return None

    def cancel(self, order_id: str, reason: str) -> None:
        """Cancels an order and pays back what was paid."""
        order = self.own("orders", order_id)
        for paid in [entry for entry in order["payment_history"] if entry["transaction_type"] == "payment"]:
            self._pay(order, -paid["amount_minor"], paid["payment_method_id"])
        order |= {"status": "cancelled", "cancel_reason": reason}

    def set_order_address(self, order_id: str, address: Mapping[str, str]) -> None:
        """Sends an order somewhere else."""
        self.own("orders", order_id)["address"] = dict(address)

    def set_user_address(self, user_id: str, address: Mapping[str, str]) -> None:
        """Changes the default address of a user."""
        self.own("users", user_id)["address"] = dict(address)

    def set_payment(self, order_id: str, method: str) -> None:
        """Takes the whole sum from another payment method and gives the first one its money back."""
        order = self.own("orders", order_id)
        first = order["payment_history"][0]
        self._pay(order, first["amount_minor"], method)
        self._pay(order, -first["amount_minor"], first["payment_method_id"])

    def modify_items(self, order_id: str, old: list[str], new: list[str], method: str) -> None:
        """Puts other variants into an order and pays the difference."""
        order = self.own("orders", order_id)
        self._pay(order, self.difference(order_id, old, new), method)
        for was, becomes in zip(old, new, strict=True):
            line = next(item for item in order["items"] if item["item_id"] == was)
            variant = self.item(becomes)
            assert variant is not None
            line |= {key: deepcopy(variant[key]) for key in ("item_id", "price_minor", "options")}
        order["status"] = ITEMS_MODIFIED

    def exchange(self, order_id: str, old: list[str], new: list[str], method: str) -> None:
        """Notes which items are to be exchanged for which, and the difference to settle."""
        self.own("orders", order_id).update(
            status="exchange requested",
            exchange_items=sorted(old),
            exchange_new_items=sorted(new),
            exchange_payment_method_id=method,
            exchange_difference_minor=self.difference(order_id, old, new),
        )

    def give_back(self, order_id: str, items: list[str], method: str) -> None:
        """Notes which items come back and where the money goes."""
        self.own("orders", order_id).update(
            status="return requested", return_items=sorted(items), return_payment_method_id=method
        )

    def difference(self, order_id: str, old: list[str], new: list[str]) -> int:
        """What the new items cost more than the old ones; 0 for those that nobody knows."""
        order = self.look("orders", order_id)
        prices = {item["item_id"]: int(item["price_minor"]) for item in order["items"]} if order else {}
        later = sum(int(found["price_minor"]) for key in new if (found := self.item(key)))
        return later - sum(prices.get(key, 0) for key in old)

    def _pay(self, order: dict[str, Any], amount: int, method: str) -> None:
        if amount == 0:
            return
        order["payment_history"].append(
            {
                "transaction_type": "payment" if amount > 0 else "refund",
                "amount_minor": abs(amount),
                "payment_method_id": method,
            }
        )
        card = self.own("users", order["user_id"])["payment_methods"][method]
        if card["source"] == "gift_card":
            card["balance_minor"] -= amount


@dataclass
class Conversation:
    """One conversation: its shop, who was authenticated in it, and which calls that person said yes to.

    Only the channel to the customer writes here; no tool and no model does.
    """

    shop: Shop
    user_id: str = ""
    confirmed: set[str] = field(default_factory=set)

    def confirm(self, tool: str, args: Mapping[str, Any]) -> None:
        """The customer saw these details and said yes."""
        self.confirmed.add(canonicalize({"tool": tool, "args": dict(args)}))

    def has_confirmed(self, tool: str, args: Mapping[str, Any]) -> bool:
        """Whether the customer said yes to exactly this call."""
        return canonicalize({"tool": tool, "args": dict(args)}) in self.confirmed
