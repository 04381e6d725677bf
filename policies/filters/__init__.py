"""The filters mask personal and secret values, and check what a reply must be before it goes out.

`masker` replaces values by tokens and puts them back for whom packs name; `tokens` is the form of a token, `vault`
keeps the values encrypted, and `masking_rules` is the section of a pack that says what happens to which kind.
`grounding` looks whether a reply's figures and quotations occur in what was read, and `reply_checks` looks at its form
and confidence.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .grounding import ReplySources as ReplySources
    from .grounding import build_reply_sources as build_reply_sources
    from .grounding import find_unfounded as find_unfounded
    from .grounding import remove_claims as remove_claims
    from .masker import NO_MASKING as NO_MASKING
    from .masker import Masker as Masker
    from .masking_rules import DisplayRule as DisplayRule
    from .masking_rules import FilterRules as FilterRules
    from .masking_rules import Masking as Masking
    from .masking_rules import RawTool as RawTool
    from .masking_rules import ReplyRules as ReplyRules
    from .masking_rules import merge_filters as merge_filters
    from .reply_checks import clean_reply as clean_reply
    from .reply_checks import estimate_confidence as estimate_confidence
    from .reply_checks import find_breaches as find_breaches
    from .tokens import TOKEN as TOKEN
    from .tokens import find_tokens as find_tokens
    from .tokens import get_token_kind as get_token_kind
    from .tokens import restore_values as restore_values
    from .vault import VAULT_SECRET as VAULT_SECRET
    from .vault import EphemeralVault as EphemeralVault
    from .vault import Vault as Vault

__getattr__ = export_lazily(
    __name__,
    {
        "grounding": "build_reply_sources find_unfounded remove_claims ReplySources",
        "masker": "Masker NO_MASKING",
        "masking_rules": "DisplayRule FilterRules Masking merge_filters RawTool ReplyRules",
        "reply_checks": "clean_reply estimate_confidence find_breaches",
        "tokens": "find_tokens get_token_kind restore_values TOKEN",
        "vault": "EphemeralVault Vault VAULT_SECRET",
    },
)
