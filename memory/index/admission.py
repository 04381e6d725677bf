"""Which of many vectors a scope admits, asked once for all that no scope can tell apart."""

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from ..records.scope import Namespace, Scope, Tag

SCOPES = 32
"""The answers for so many scopes are kept; the least recently used goes first."""
_Sort = tuple[Namespace, str, str, str]
_Limits = tuple[frozenset[str], Namespace, tuple[str, ...], bool]


class Admission:
    """Numbers the sorts of vectors (namespace, kind, visibility, provenance) and knows which of them a scope admits.

    In a tenant of many people most vectors are not the reader's; asking for each of them would take most of a search.
    """

    def __init__(self) -> None:
        self._numbers: dict[_Sort, int] = {}
        self._samples: list[Tag] = []
        self._known: OrderedDict[_Limits, NDArray[np.bool_]] = OrderedDict()

    @property
    def count(self) -> int:
        """How many sorts there are."""
        return len(self._samples)

    def sort_of(self, tag: Tag) -> int:
        """The number of its sort, a new one when there is none."""
        sort = (tag.namespace, tag.kind, tag.visibility, tag.provenance)
        number = self._numbers.setdefault(sort, len(self._samples))
        if number == len(self._samples):
            self._samples.append(tag)
        return number

    def admitted(self, scope: Scope) -> NDArray[np.bool_]:
        """For each sort whether the scope admits it, expiry aside."""
        limits = (scope.visible, scope.prefix, scope.kinds, scope.trusted_only)
        known = self._known.pop(limits, np.zeros(0, np.bool_))
        if len(known) < len(self._samples):
            fresh = [scope.admits(tag) for tag in self._samples[len(known) :]]
            known = np.concatenate((known, np.array(fresh, np.bool_)))
        self._known[limits] = known
        if len(self._known) > SCOPES:
            self._known.popitem(last=False)
        return known
