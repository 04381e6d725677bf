"""Replacement of a function that a module takes from another one.

The function itself is given, not its name: when it is renamed or moved, the type checker says so, and when the module
no longer uses it, the tests stop here instead of going on with the real thing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def replace_function(module: ModuleType, real: Callable[P, T], other: Callable[P, T]) -> None:
    """Makes the module call the other function from now on.

    Raises:
        AttributeError: the module does not use the real one.
    """
    if vars(module).get(real.__name__) is not real:
        raise AttributeError(f"{module.__name__} does not use {real.__module__}.{real.__name__}")
    setattr(module, real.__name__, other)


@contextmanager
def replaced_function(module: ModuleType, real: Callable[P, T], other: Callable[P, T]) -> Iterator[None]:
    """Makes the module call the other function until the block ends.

    Raises:
        AttributeError: the module does not use the real one.
    """
    replace_function(module, real, other)
    try:
        yield
    finally:
        setattr(module, real.__name__, real)
