"""This module makes a proposal of a call and its origin: arguments bounded, masked and in canonical form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ...policies.domain.canonical import canonicalize, make_printable
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal, Provenance
from ...policies.errors import BadInput
from ...policies.filters.masker import Masker
from ..arguments import bound_arguments, list_defaults
from ..spec import ToolSpec
from .masking import unmask_arguments

COMPENSATION = "compensation"
"""The agent that policy packs allow to take things back, and whose calls no rate limit counts."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a proposal comes from; set by the graph and never by a model.

    ``editor`` is the user id of the reviewer whose edit it is, or empty; ``scores`` are whole numbers about the work.
    """

    principal: Principal
    agent: str
    thread: str
    run: str
    plan: frozenset[str] = frozenset()
    tainted: bool = False
    editor: str = ""
    scores: Mapping[str, int] = field(default_factory=dict)


UNKNOWN_VERSION = "unknown"


def make_proposal(
    spec: ToolSpec | None,
    tool: str,
    args: Mapping[str, Any],
    origin: Origin,
    provenance: Mapping[str, str] | None,
    revision: str,
    masker: Masker,
) -> Proposal:
    """A frozen proposal; arguments that do not fit are recorded as they are, because refusing is policy's part.

    Args:
        spec: the tool, or ``None`` when there is none of that name.
        revision: of the policy in force.

    Raises:
        StorageError: a value that must be masked could not be kept.
    """
    principal = origin.principal
    sources, args = dict(provenance or {}), masker.mask(principal.tenant, bound_arguments(args))
    try:
        if spec is None:
            arguments = canonicalize(args)
        else:
            valid, arguments = unmask_arguments(masker, spec, args, principal)
            sources |= dict.fromkeys(list_defaults(valid), str(Provenance.TRUSTED))
    except (ValidationError, BadInput):
        arguments = canonicalize(make_printable(args))
    return Proposal(
        tool=tool,
        version=spec.version if spec else UNKNOWN_VERSION,
        arguments=arguments,
        agent=origin.agent,
        user_id=principal.user_id,
        tenant=principal.tenant,
        thread=origin.thread,
        run=origin.run,
        policy_revision=revision,
        provenance=sources,
        planned=tool in origin.plan,
        tainted=origin.tainted,
        edited_by=origin.editor,
        scores=dict(origin.scores),
    )
