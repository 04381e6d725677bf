"""A scope says what one search may see: one rule as a SQL condition, an index filter and a check in Python.

The index filter only saves work. Every hit is read again from SQL under :meth:`Scope.conditions`, and that decides.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select

from ...policies.domain.principal import Principal
from ...policies.errors import BadInput
from .tables import rows
from .timestamps import count_micros

ORG = "org"
TRUSTED = ("user", "trusted")
PROVENANCES = (*TRUSTED, "untrusted", "model")
Namespace = tuple[str, ...]


class VectorTag(NamedTuple):
    """What an index knows of one vector besides the numbers."""

    row_id: str
    seq: int
    namespace: Namespace
    kind: str
    visibility: str
    provenance: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Limits of one search.

    Attributes:
        tenant: matched whole.
        visible: the visibilities that may be read, from :func:`list_visibilities`.
        now: what has expired by now is not seen.
        prefix: namespaces that begin with these whole segments.
        kinds: only these, or any when empty.
        trusted_only: only what a user or a system of record said.
    """

    tenant: str
    visible: frozenset[str]
    now: datetime
    prefix: Namespace = ()
    kinds: tuple[str, ...] = ()
    trusted_only: bool = False

    def conditions(self, *, by_id: bool = False) -> list[ColumnElement[bool]]:
        """The rule in SQL, over the table of rows.

        Args:
            by_id: the rows are looked up by id; SQLite would otherwise go through all of the tenant's instead.
        """
        expiry = or_(rows.c.expires_at.is_(None), rows.c.expires_at > count_micros(self.now))
        return [
            *_make_lasting_conditions(self.tenant, self.visible, self.prefix, self.kinds, self.trusted_only, by_id),
            expiry,
        ]

    def select_by_ids(self) -> Select[Any]:
        """The rows among ``:ids`` that the rule admits at ``:now``, in microseconds."""
        return _select_by_ids(self.tenant, self.visible, self.prefix, self.kinds, self.trusted_only)

    def admits(self, tag: VectorTag) -> bool:
        """The rule for one vector of this tenant, except expiry, which only SQL knows."""
        return (
            tag.visibility in self.visible
            and tag.namespace[: len(self.prefix)] == self.prefix
            and (not self.kinds or tag.kind in self.kinds)
            and (not self.trusted_only or tag.provenance in TRUSTED)
        )

    def where(self) -> dict[str, Any]:
        """The rule as a Chroma filter, except expiry."""
        parts: list[dict[str, Any]] = [{"visibility": {"$in": sorted(map(hash_name, self.visible))}}]
        if self.prefix:
            parts.append({f"prefix{len(self.prefix)}": hash_name(encode_namespace(self.prefix))})
        if self.kinds:
            parts.append({"kind": {"$in": list(self.kinds)}})
        if self.trusted_only:
            parts.append({"provenance": {"$in": list(TRUSTED)}})
        return parts[0] if len(parts) == 1 else {"$and": parts}


@lru_cache(512)
def _make_lasting_conditions(
    tenant: str, visible: frozenset[str], prefix: Namespace, kinds: tuple[str, ...], trusted_only: bool, by_id: bool
) -> tuple[ColumnElement[bool], ...]:
    """What does not depend on the time; building it anew for each search would take as long as a third of it."""
    found: list[ColumnElement[bool]] = [
        (rows.c.tenant.concat("") if by_id else rows.c.tenant) == tenant,
        rows.c.visibility.in_(sorted(visible)),
    ]
    if prefix:
        found.append(make_prefix_condition(prefix))
    if kinds:
        found.append(rows.c.kind.in_(kinds))
    if trusted_only:
        found.append(rows.c.provenance.in_(TRUSTED))
    return tuple(found)


@lru_cache(512)
def _select_by_ids(
    tenant: str, visible: frozenset[str], prefix: Namespace, kinds: tuple[str, ...], trusted_only: bool
) -> Select[Any]:
    lasting = _make_lasting_conditions(tenant, visible, prefix, kinds, trusted_only, True)
    expiry = or_(rows.c.expires_at.is_(None), rows.c.expires_at > bindparam("now"))
    return select(rows).where(rows.c.id.in_(bindparam("ids", expanding=True)), *lasting, expiry)


def make_labels(tag: VectorTag) -> Mapping[str, str | int]:
    """What Chroma filters by. Names of people and namespaces are hashed: nothing personal stays."""
    found: dict[str, str | int] = {
        "row": tag.row_id,
        "seq": tag.seq,
        "kind": tag.kind,
        "visibility": hash_name(tag.visibility),
        "provenance": tag.provenance,
    }
    for depth in range(1, len(tag.namespace) + 1):
        found[f"prefix{depth}"] = hash_name(encode_namespace(tag.namespace[:depth]))
    return found


def list_visibilities(principal: Principal) -> frozenset[str]:
    """The visibilities that this principal may read: the organisation's, its teams', its roles' and its own."""
    return frozenset(
        (
            ORG,
            f"user:{principal.user_id}",
            *(f"team:{team}" for team in principal.teams),
            *(f"role:{role}" for role in principal.roles),
        )
    )


def check_visibility(visibility: str) -> str:
    """The same visibility, when it has one of the four forms.

    Raises:
        BadInput: it has none of them.
    """
    form, colon, name = visibility.partition(":")
    if visibility == ORG or (form in ("team", "role", "user") and colon and name.strip()):
        return visibility
    raise BadInput(
        f"{visibility!r} is not a visibility. Use org, team:<team>, role:<role> or user:<id>, for example team:legal."
    )


def check_tenant(tenant: str) -> str:
    """The same tenant, when it can be stored whole.

    Raises:
        BadInput: it is empty, or has characters that no database keeps.
    """
    if not tenant or not is_storable(tenant):
        raise BadInput(f"{tenant!r} cannot be the name of a tenant: it is empty or has characters that cannot be kept.")
    return tenant


def is_storable(text: str) -> bool:
    """Whether a database keeps this text unchanged: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def encode_namespace(namespace: Namespace) -> str:
    """A namespace as text: JSON, so that segments keep their borders whatever they contain."""
    return json.dumps(namespace, ensure_ascii=False, separators=(",", ":"))


def decode_namespace(text: str) -> Namespace:
    """The namespace that :func:`encode_namespace` wrote."""
    return tuple(json.loads(text))


def make_prefix_condition(prefix: Namespace) -> ColumnElement[bool]:
    """Rows whose namespace begins with these whole segments; exact, unlike LIKE, which ignores case in SQLite."""
    whole = encode_namespace(prefix)
    deeper = whole[:-1] + ","
    return or_(rows.c.namespace == whole, func.substr(rows.c.namespace, 1, len(deeper)) == deeper)


@lru_cache(4096)
def hash_name(text: str) -> str:
    """A short, exact stand-in for a name: the first 128 bits of its SHA-256."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]  # also what no database keeps
