"""Tokens at the door of the tools: a body gets the values that a pack lets it have, and all else sees tokens.

The digest of a proposal is over the tokens. They are put back in one place, right before facts are loaded or a body is
run, and what the tool's model makes of the values must be the same as what was signed.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from ...policies.domain.canonical import canonical, plain
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal
from ...policies.errors import BadInput
from ...policies.filters.detectors.match import Kind
from ...policies.filters.masker import Veil
from ...policies.filters.tokens import kind_of, put_back, tokens_in
from ..arguments import validated
from ..spec import ToolSpec


def opened(veil: Veil, spec: ToolSpec, args: Mapping[str, Any], principal: Principal) -> tuple[BaseModel, str]:
    """The arguments for a body, with the values it may have, and their canonical form, with tokens.

    Args:
        args: masked already.

    Raises:
        ValidationError: they do not fit the tool.
        BadInput: a token stands for nothing here, or the tool's model makes something else of a value.
        StorageError: the vault cannot be read.
    """
    kinds = veil.raw_for(spec.name, principal)
    wanted = _tokens(args, kinds) if kinds else []
    if not wanted:
        valid = validated(spec, args)
        return valid, canonical(valid.model_dump(mode="json"))
    known = veil.resolve_tokens(principal.tenant, wanted, kinds)
    if dead := [token for token in wanted if token not in known]:
        raise BadInput(
            f"{', '.join(dead)} stands for nothing here: it was forgotten, or was never kept. Ask for it anew."
        )
    valid = validated(spec, _changed(args, lambda text: put_back(text, known.get)))
    hidden = hide(plain(valid.model_dump(mode="json")), known)
    if lost := [token for token in wanted if token not in _tokens(hidden, kinds)]:
        raise BadInput(f"{spec.name} changes what {', '.join(lost)} stands for, so it cannot be kept from records.")
    return valid, canonical(hidden)


def hide(data: Any, known: Mapping[str, str]) -> Any:
    """The data with values that were put back replaced by their tokens again, whole words only."""
    if not known:
        return data
    tokens = {value: token for token, value in known.items()}
    values = "|".join(re.escape(value) for value in sorted(tokens, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{values})(?!\w)")
    return _changed(data, lambda text: pattern.sub(lambda match: tokens[match.group()], text))


def kept_back(veil: Veil, proposal: Proposal, principal: Principal | None, data: Any) -> Any:
    """What a tool gave or said, as models and records may have it."""
    kinds = veil.raw_for(proposal.tool, principal) if principal else frozenset[Kind]()
    known = veil.resolve_tokens(proposal.tenant, proposal.args, kinds) if kinds else {}
    return veil.mask(proposal.tenant, hide(data, known))


def _tokens(data: Any, kinds: frozenset[Kind]) -> list[str]:
    found: dict[str, None] = {}

    def note(text: str) -> str:
        found.update(dict.fromkeys(token for token in tokens_in(text) if kind_of(token) in kinds))
        return text

    _changed(data, note)
    return list(found)


def _changed(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, Mapping):
        return {key: _changed(item, change) for key, item in data.items()}
    if isinstance(data, list | tuple):
        return [_changed(item, change) for item in data]
    return data
