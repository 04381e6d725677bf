"""A proposal is a frozen tool call that an agent wants, so that what is decided, signed and run is one thing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from .canonical import canonicalize, compute_digest


class Effect(StrEnum):
    """What a tool does to the world."""

    READ = "read"
    WRITE = "write"
    IRREVERSIBLE = "irreversible"


class Provenance(StrEnum):
    """Where a value came from."""

    USER = "user"
    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    MODEL = "model"


@dataclass(frozen=True)
class Proposal:
    """One call that an agent wants to make.

    Attributes:
        tool: name in the registry, e.g. ``"refunds.issue"``.
        version: the tool's version; a new version is a new digest.
        arguments: canonical JSON of the arguments, so that nobody can change them in place.
        agent: who proposes, e.g. ``"support"`` or ``"playbook:refund"``.
        user_id: the principal on whose behalf; roles are looked up anew at each decision.
        tenant: the principal's tenant.
        thread: conversation or case.
        run: the turn; two equal calls in one run are one action.
        policy_revision: the revision of the packs the proposal was made under.
        provenance: source of each argument by dotted path, e.g. ``{"amount_minor": "user"}``.
        planned: whether the turn's plan, fixed before anything untrusted was read, allows this tool.
        tainted: whether untrusted text had entered the thread when the call was proposed.
        scores: whole numbers about the work it belongs to, such as ``{"confidence": 93}``, how sure the route was, in
            per cent.
        edited_by: user id of the reviewer whose edit this is, or empty; policy decides under both persons' rights.
    """

    tool: str
    version: str
    arguments: str
    agent: str
    user_id: str
    tenant: str
    thread: str
    run: str
    policy_revision: str
    provenance: Mapping[str, str] = field(default_factory=dict)
    planned: bool = False
    tainted: bool = False
    edited_by: str = ""
    scores: Mapping[str, int] = field(default_factory=dict)

    @property
    def args(self) -> dict[str, Any]:
        """A fresh copy of the arguments."""
        loaded: dict[str, Any] = json.loads(self.arguments)
        return loaded

    def record(self) -> dict[str, Any]:
        """Everything in the proposal as plain JSON data; :meth:`from_record` reads it back."""
        return {
            "tool": self.tool,
            "version": self.version,
            "args": self.args,
            "agent": self.agent,
            "user_id": self.user_id,
            "tenant": self.tenant,
            "thread": self.thread,
            "run": self.run,
            "policy_revision": self.policy_revision,
            "provenance": {path: str(source) for path, source in self.provenance.items()},
            "planned": self.planned,
            "tainted": self.tainted,
            "edited_by": self.edited_by,
            **({"scores": dict(self.scores)} if self.scores else {}),
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the whole proposal."""
        return compute_digest(self.record())

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Proposal":
        """The proposal that :meth:`record` described."""
        fields = {key: value for key, value in record.items() if key != "args"}
        return cls(arguments=canonicalize(record["args"]), **fields)
