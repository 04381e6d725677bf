"""A tool body gets the values that a pack lets it have in place of tokens, and all else sees tokens.

The digest of a proposal is over the tokens. They are put back in one place, right before facts are loaded or a body is
run, and what the tool's model makes of the values must be the same as what was signed.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from ...policies.domain.canonical import canonicalize, make_plain_data
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal
from ...policies.errors import BadInput
from ...policies.filters.detectors.match import SensitiveKind
from ...policies.filters.masker import Masker
from ...policies.filters.tokens import find_tokens, get_token_kind, restore_values
from ..arguments import validate_arguments
from ..spec import ToolSpec


def unmask_arguments(
    masker: Masker, spec: ToolSpec, args: Mapping[str, Any], principal: Principal
) -> tuple[BaseModel, str]:
    """The arguments for a body, with the values it may have, and their canonical form, with tokens.

    Args:
        args: masked already.

    Raises:
        ValidationError: they do not fit the tool.
        BadInput: a token stands for nothing here, or the tool's model makes something else of a value.
        StorageError: the vault cannot be read.
    """
    kinds = masker.raw_for(spec.name, principal)
    wanted = _find_tokens(args, kinds) if kinds else []
    if not wanted:
        valid = validate_arguments(spec, args)
        return valid, canonicalize(valid.model_dump(mode="json"))
    known = masker.resolve_tokens(principal.tenant, wanted, kinds)
    if dead := [token for token in wanted if token not in known]:
        raise BadInput(
            f"{', '.join(dead)} stands for nothing here: it was forgotten, or was never kept. Ask for it anew."
        )
    valid = validate_arguments(spec, _map_texts(args, lambda text: restore_values(text, known.get)))
    hidden = restore_tokens(make_plain_data(valid.model_dump(mode="json")), known)
    if lost := [token for token in wanted if token not in _find_tokens(hidden, kinds)]:
        raise BadInput(f"{spec.name} changes what {', '.join(lost)} stands for, so it cannot be kept from records.")
    return valid, canonicalize(hidden)


def restore_tokens(data: Any, known: Mapping[str, str]) -> Any:
    """The data with values that were put back replaced by their tokens again, whole words only."""
    if not known:
        return data
    tokens = {value: token for token, value in known.items()}
    values = "|".join(re.escape(value) for value in sorted(tokens, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{values})(?!\w)")
    return _map_texts(data, lambda text: pattern.sub(lambda match: tokens[match.group()], text))


def mask_results(masker: Masker, proposal: Proposal, principal: Principal | None, data: Any) -> Any:
    """What a tool gave or said, as models and records may have it."""
    kinds = masker.raw_for(proposal.tool, principal) if principal else frozenset[SensitiveKind]()
    known = masker.resolve_tokens(proposal.tenant, proposal.args, kinds) if kinds else {}
    return masker.mask(proposal.tenant, restore_tokens(data, known))


def _find_tokens(data: Any, kinds: frozenset[SensitiveKind]) -> list[str]:
    found: dict[str, None] = {}

    def note(text: str) -> str:
        found.update(dict.fromkeys(token for token in find_tokens(text) if get_token_kind(token) in kinds))
        return text

    _map_texts(data, note)
    return list(found)


def _map_texts(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, Mapping):
        return {key: _map_texts(item, change) for key, item in data.items()}
    if isinstance(data, list | tuple):
        return [_map_texts(item, change) for item in data]
    return data
