"""Something else where a module uses a function of another one.

The function itself is given, not its name: when it is renamed or moved, the type checker says so, and when the module
no longer uses it, the tests stop here instead of going on with the real thing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def stand_in(module: ModuleType, real: Callable[P, T], other: Callable[P, T]) -> None:
    """From now on the module calls the other function.

    Raises:
        AttributeError: the module does not use the real one.
    """
    if vars(module).get(real.__name__) is not real:
        raise AttributeError(f"{module.__name__} does not use {real.__module__}.{real.__name__}")
    setattr(module, real.__name__, other)


@contextmanager
def standing_in(module: ModuleType, real: Callable[P, T], other: Callable[P, T]) -> Iterator[None]:
    """The same for a while.

    Raises:
        AttributeError: the module does not use the real one.
    """
    stand_in(module, real, other)
    try:
        yield
    finally:
        setattr(module, real.__name__, real)
