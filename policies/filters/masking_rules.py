"""The section ``filters`` of a pack says which values are masked, which tools get them, and who sees them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from .detectors.match import SensitiveKind


def _as_kind(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value in set(SensitiveKind):
        return SensitiveKind(value)
    raise ValueError(f"there is no kind of value {value!r}; use one of {', '.join(SensitiveKind)}")


KindName = Annotated[SensitiveKind, BeforeValidator(_as_kind)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RawTool(_Strict):
    """Tools whose bodies get the value itself instead of its token, for principals with one of the roles.

    Attributes:
        tools: exact names or globs.
        kinds: such as ``iban`` or ``card``.
        roles: empty means everybody.
        reason: why they need it.
    """

    tools: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:*-]{1,100}$")], ...] = Field(min_length=1)
    kinds: tuple[KindName, ...] = Field(min_length=1)
    roles: tuple[str, ...] = ()
    reason: str = Field(min_length=3, max_length=600)


class DisplayRule(_Strict):
    """Who reads the value itself in replies and reviews.

    Attributes:
        roles: whoever has one of these.
        kinds: such as ``iban`` or ``card``.
    """

    roles: tuple[str, ...] = Field(min_length=1)
    kinds: tuple[KindName, ...] = Field(min_length=1)


class ReplyRules(_Strict):
    """What a model's reply must be before it goes out.

    Attributes:
        grounded: figures and quotations that stand in nothing that was read are left out.
        confidence: the percentage that a reply must reach, or a person looks at it (see
            :func:`.reply_checks.estimate_confidence`).
        cited: agents whose replies must name a source.
    """

    grounded: bool = False
    confidence: int = Field(default=0, ge=0, le=100)
    cited: tuple[str, ...] = ()


class FilterRules(_Strict):
    """What one pack says about values that must be kept from models and records.

    Attributes:
        mask: kinds that are replaced by tokens wherever they enter.
        raw: which tools get them. A tool that is not named works with the token.
        show: who sees them.
        output: what replies must be.
    """

    mask: tuple[KindName, ...] = ()
    raw: tuple[RawTool, ...] = ()
    show: tuple[DisplayRule, ...] = ()
    output: ReplyRules = ReplyRules()


@dataclass(frozen=True, slots=True)
class Masking:
    """What all packs together say: a kind that one pack masks is masked, and the strictest bar for replies holds."""

    kinds: frozenset[SensitiveKind] = frozenset()
    raw: tuple[RawTool, ...] = ()
    show: tuple[DisplayRule, ...] = ()
    output: ReplyRules = field(default_factory=ReplyRules)

    def raw_for(self, tool: str, roles: Collection[str]) -> frozenset[SensitiveKind]:
        """The kinds that a tool gets as they are when somebody with these roles calls it."""
        return frozenset(
            kind
            for item in self.raw
            if (not item.roles or not set(item.roles).isdisjoint(roles))
            and any(fnmatchcase(tool, pattern) for pattern in item.tools)
            for kind in item.kinds
        )

    def kinds_shown_to(self, roles: Collection[str]) -> frozenset[SensitiveKind]:
        """The kinds that somebody with these roles sees."""
        return frozenset(kind for item in self.show if not set(item.roles).isdisjoint(roles) for kind in item.kinds)


def merge_filters(sections: Iterable[FilterRules]) -> Masking:
    """All sections as one; their order does not matter."""
    every = tuple(sections)
    return Masking(
        frozenset(kind for item in every for kind in item.mask),
        tuple(raw for item in every for raw in item.raw),
        tuple(shown for item in every for shown in item.show),
        ReplyRules(
            grounded=any(item.output.grounded for item in every),
            confidence=max((item.output.confidence for item in every), default=0),
            cited=tuple(sorted({agent for item in every for agent in item.output.cited})),
        ),
    )
