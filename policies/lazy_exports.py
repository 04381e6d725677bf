"""A package's face exports names that are imported on first use (PEP 562)."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def export_lazily(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's ``__getattr__``, so that importing the package imports none of its modules.

    Args:
        package: the package's ``__name__``.
        homes: for each module of the package the names that it gives to the face, separated by spaces.
    """
    modules = {name: module for module, names in homes.items() for name in names.split()}

    def find_export(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f".{modules[name]}", package), name)

    return find_export
