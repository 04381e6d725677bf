"""The sample company, Halden & Birch: its systems of record, its people, its handbooks and its history.

It is the business that an assistant works for when no other is given, and a business like any other: the mechanism sees
of it only the value that ``sample_business(path, today=...)`` makes.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .business import sample_business as sample_business

_HOMES = {"sample_business": "business"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
