"""This adapter is the shared memory as a LangGraph store: for any graph, any LangGraph tool and langmem.

A store is bound to one principal, so its tenant and what it may see are never arguments. What agents remember stands
under the namespace ``("countersign", kind)``, readable here but written only through :class:`..memory.Memory`. Filters
and namespace patterns mean what LangGraph's mean, with one difference: a comparison of things that have no order (a
number with a word, a missing field) is false instead of an error, so that one odd item does not make a search fail.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
    get_text_at_path,
    validate_op_namespace,
)
from numpy.typing import NDArray

from ...policies.domain.principal import Principal
from ...policies.errors import BadInput, NotAllowed
from ..governance.erasure import sweep_expired
from ..governance.memory_rules import apply_memory_rules, check_removal, read_filter
from ..memory import Memory
from ..records.items import ROOT_NAMESPACE
from ..records.rows import TEXT_SEPARATOR, Draft, MemoryRow
from ..records.scope import Scope, is_storable
from ..records.timestamps import utcnow
from ..search.vector_search import compute_similarity, find_nearest_rows


class BadFilter(BadInput, ValueError):
    """A search filter uses an operator that does not exist."""


def matches_filter(value: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> bool:
    """Whether an item's value meets a filter: every field equals, or meets its operators.

    Raises:
        BadFilter: an operator is none of $eq $ne $gt $gte $lt $lte $in.
    """
    return all(_matches_field(value.get(name), sought) for name, sought in (wanted or {}).items())


def _matches_field(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        if any(str(name).startswith("$") for name in wanted):
            return all(_matches_operator(value, name, operand) for name, operand in wanted.items())
        return isinstance(value, Mapping) and matches_filter(value, wanted)
    if isinstance(wanted, list | tuple):
        return (
            isinstance(value, list | tuple)
            and len(value) == len(wanted)
            and all(_matches_field(one, other) for one, other in zip(value, wanted, strict=True))
        )
    return bool(value == wanted)


def _matches_operator(value: Any, name: str, operand: Any) -> bool:
    match name:
        case "$eq":
            return bool(value == operand)
        case "$ne":
            return bool(value != operand)
        case "$in":
            if not isinstance(operand, list | tuple | set | frozenset):
                raise BadFilter(f"The filter $in needs a list, not {operand!r}.")
            return value in operand
        case "$gt" | "$gte" | "$lt" | "$lte":
            order = _compare(value, operand)
            if order is None:
                return False
            return {"$gt": order > 0, "$gte": order >= 0, "$lt": order < 0, "$lte": order <= 0}[name]
    raise BadFilter(f"{name!r} is not a filter operator. Use $eq, $ne, $gt, $gte, $lt, $lte or $in.")


def _compare(value: Any, operand: Any) -> int | None:
    """-1, 0 or 1; numbers by size (also when written as text), text by letters, anything else not at all."""
    if isinstance(value, str) and isinstance(operand, str):
        pair: tuple[Any, Any] = (value, operand)
    else:
        try:
            pair = (float(value), float(operand))
        except (TypeError, ValueError, OverflowError):
            return None
    return int(pair[0] > pair[1]) - int(pair[0] < pair[1]) if pair[0] == pair[0] and pair[1] == pair[1] else None


def matches_namespace(namespace: tuple[str, ...], condition: MatchCondition) -> bool:
    """Whether a namespace begins (or ends) with a pattern of whole segments; ``*`` stands for any one segment.

    Raises:
        BadFilter: the condition is neither a prefix nor a suffix.
    """
    path = tuple(condition.path)
    if condition.match_type not in ("prefix", "suffix"):
        raise BadFilter(f"{condition.match_type!r} is not a way to match namespaces. Use prefix or suffix.")
    if len(namespace) < len(path):
        return False
    part = namespace[: len(path)] if condition.match_type == "prefix" else namespace[len(namespace) - len(path) :]
    return all(wanted in ("*", segment) for segment, wanted in zip(part, path, strict=True))


Vector = NDArray[np.float32]
MAX_TTL_MINUTES = 60 * 24 * 366 * 1000
"""Minutes; a thousand years."""


class ChromaStore(BaseStore):
    """LangGraph's store contract over one memory.

    Within a batch, reads come first and see the state before it; then all puts are written in one transaction, the
    last one for a key winning. ``abatch`` runs the same code: in a thread when something must be embedded, directly
    when it is only a look into the local database, which costs less than changing threads.

    Args:
        memory: the shared memory.
        principal: whose tenant and visibility hold for every operation.
        fields: which fields of a value are embedded when a put does not say (``"$"``: all of it, as JSON).
        ttl: lifetimes in minutes; expired items are never returned.
    """

    supports_ttl = True

    __slots__ = ("_fields", "_memory", "_principal", "ttl_config")

    def __init__(
        self, memory: Memory, principal: Principal, *, fields: Sequence[str] = ("$",), ttl: TTLConfig | None = None
    ) -> None:
        self._memory = memory
        self._principal = principal
        self._fields = tuple(fields)
        self.ttl_config = ttl

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Runs operations; results are in their order.

        Raises:
            InvalidNamespaceError: a namespace has an empty segment, or one with a period.
            BadInput: a value is not JSON, or a filter has an unknown operator.
            NotAllowed: a put into the namespace of the governed memory, or a rule says no to a put or a removal.
        """
        operations = list(ops)
        for op in operations:
            validate_op_namespace(op)
        now = utcnow()
        results: list[Result] = []
        puts: dict[tuple[tuple[str, ...], str], PutOp] = {}
        for op in operations:
            if isinstance(op, GetOp):
                results.append(self._get(op, now))
            elif isinstance(op, SearchOp):
                results.append(self._search(op, now))
            elif isinstance(op, ListNamespacesOp):
                results.append(self._list(op, now))
            elif isinstance(op, PutOp):
                puts[(tuple(op.namespace), op.key)] = op
                results.append(None)
            else:
                raise BadInput(f"{type(op).__name__} is not an operation of a store.")
        if puts:
            self._put(list(puts.values()), now)
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """The same as :meth:`batch`, without blocking the event loop for an embedding."""
        operations = list(ops)
        slow = any(
            (isinstance(op, SearchOp) and bool(op.query))
            or (isinstance(op, PutOp) and op.value is not None and op.index is not False)
            for op in operations
        )
        return await asyncio.to_thread(self.batch, operations) if slow else self.batch(operations)

    def sweep_ttl(self) -> int:
        """Deletes what has expired in the principal's tenant; returns how many items.

        Nothing needs it: what has expired is never returned. LangGraph's own stores have it under the same name.
        """
        return sweep_expired(self._memory.rows, utcnow(), self._principal.tenant)

    def _scope(self, prefix: tuple[str, ...], now: datetime) -> Scope:
        return self._memory.scope(self._principal, prefix=tuple(prefix), now=now)

    def _get(self, op: GetOp, now: datetime) -> Item | None:
        namespace = tuple(op.namespace)
        row = self._memory.rows.get(self._principal.tenant, namespace, op.key, self._scope(namespace, now))
        may_read = read_filter(self._memory.stages, self._principal)
        if row is None or not (may_read is None or may_read(row)):
            return None
        self._refresh([row], op.refresh_ttl, now)
        return Item(
            value=row.value,
            key=row.key,
            namespace=row.namespace,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    def _search(self, op: SearchOp, now: datetime) -> list[SearchItem]:
        if op.limit < 1 or op.offset < 0:
            return []
        scope = self._scope(op.namespace_prefix, now)
        wanted = op.offset + op.limit
        may_read = read_filter(self._memory.stages, self._principal)
        found: list[tuple[MemoryRow, float | None]]
        if op.query:
            words = op.query.encode(errors="ignore").decode()  # half a character means nothing
            found = self._rank(op, scope, self._memory.queries.vector(words), wanted, may_read)
        elif op.filter:
            found = [(row, None) for row in self._memory.rows.scan(scope) if matches_filter(row.value, op.filter)]
        else:
            found = [(row, None) for row in self._memory.rows.scan(scope, limit=None if may_read else wanted)]
        if may_read is not None:
            found = [pair for pair in found if may_read(pair[0])]
        page = found[op.offset : wanted]
        self._refresh([row for row, _ in page], op.refresh_ttl, now)
        return [
            SearchItem(row.namespace, row.key, row.value, row.created_at, row.updated_at, score) for row, score in page
        ]

    def _rank(
        self, op: SearchOp, scope: Scope, vector: Vector, wanted: int, may_read: Callable[[MemoryRow], bool] | None
    ) -> list[tuple[MemoryRow, float | None]]:
        """By similarity; items that were never embedded fill up the end, without a score, as LangGraph's stores do."""
        memory = self._memory
        near: list[tuple[MemoryRow, float | None]]
        if not op.filter and may_read is None:
            near = [*find_nearest_rows(memory.rows, memory.index, scope, vector, wanted)]
            if len(near) >= wanted:
                return near
        # A filter looks into the values, which only SQL holds, and rules into the rows: rank exactly what is there.
        memory.rows.state()  # vectors of another model are not compared
        rows = [row for row in memory.rows.scan(scope) if matches_filter(row.value, op.filter)]
        scored = [(row, compute_similarity(row, vector)) for row in rows]
        near = sorted((pair for pair in scored if pair[1] is not None), key=lambda pair: -(pair[1] or 0.0))
        return near + [pair for pair in scored if pair[1] is None]

    def _list(self, op: ListNamespacesOp, now: datetime) -> list[tuple[str, ...]]:
        found = [
            namespace
            for namespace in self._memory.rows.namespaces(self._scope((), now))
            if all(matches_namespace(namespace, condition) for condition in op.match_conditions or ())
        ]
        if op.max_depth is not None:
            found = sorted({namespace[: op.max_depth] for namespace in found})
        return found[op.offset : op.offset + op.limit]

    def _put(self, ops: list[PutOp], now: datetime) -> None:
        tenant = self._principal.tenant
        gone = [(tenant, tuple(op.namespace), op.key) for op in ops if op.value is None]
        for op in ops:
            if not op.namespace or op.namespace[0] == ROOT_NAMESPACE:
                raise NotAllowed(
                    f"The namespace {op.namespace!r} belongs to the governed memory and cannot be written by a store. "
                    "Use another one, or remember the item through Memory."
                )
            _check(op)
            if op.value is None:
                emptied = self._draft(op, [], self._memory.embedder.embed([]), now)
                check_removal(self._memory.stages, self._principal, emptied)
        kept = [op._replace(value=self._memory.masker.mask(tenant, op.value)) for op in ops if op.value is not None]
        texts = [self._texts(op) for op in kept]
        vectors = self._memory.embedder.embed([text for some in texts for text in some])
        drafts, at = [], 0
        for op, some in zip(kept, texts, strict=True):
            drafts.append(self._draft(op, some, vectors[at : at + len(some)], now))
            at += len(some)
        memory = self._memory
        kept_as = [apply_memory_rules(memory.stages, self._principal, draft, memory.retention, now) for draft in drafts]
        memory.rows.apply(kept_as, gone, now)

    def _texts(self, op: PutOp) -> list[str]:
        if op.index is False:
            return []
        paths = self._fields if op.index is None else op.index
        return [text for path in paths for text in get_text_at_path(dict(op.value or {}), path) if text]

    def _draft(self, op: PutOp, texts: list[str], vectors: Vector, now: datetime) -> Draft:
        return Draft(
            tenant=self._principal.tenant,
            namespace=tuple(op.namespace),
            key=op.key,
            value=dict(op.value or {}),
            text=TEXT_SEPARATOR.join(texts),
            vectors=vectors,
            # Any agent may write here, so nothing from here counts as said by a person or a system of record.
            provenance="model",
            author=self._principal.user_id,
            ttl_minutes=op.ttl,
            expires_at=None if op.ttl is None else now + timedelta(minutes=op.ttl),
        )

    def _refresh(self, rows: list[MemoryRow], wanted: bool, now: datetime) -> None:
        ids = [row.id for row in rows if row.ttl_minutes is not None]
        if wanted and ids:
            self._memory.rows.touch(ids, now)


def _check(op: PutOp) -> None:
    """Before anything is embedded.

    Raises:
        BadInput: the item cannot be stored as it is.
    """
    try:
        sound = is_storable(json.dumps(op.value, ensure_ascii=False, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"The value under {op.key!r} is not JSON: {error}. Put only JSON values.") from error
    if not sound or not all(map(is_storable, (op.key, *op.namespace))):
        raise BadInput(f"The item {op.key!r} has characters that cannot be stored. Remove them.")
    if op.ttl is not None and not abs(op.ttl) <= MAX_TTL_MINUTES:  # also what is no number
        raise BadInput(f"{op.ttl!r} is not a number of minutes that an item can live. Use at most {MAX_TTL_MINUTES:,}.")
