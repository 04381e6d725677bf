"""A receipt tells one settled review whole, in a file that can be checked without this installation.

`schema` is the form of ``receipt.json``, `issuer` makes one from the records, and `verifier` checks one with nothing
but public keys.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .act_receipt import ActReceiptIssuer as ActReceiptIssuer
    from .act_receipt import VerifiedAct as VerifiedAct
    from .act_receipt import is_act_receipt as is_act_receipt
    from .act_receipt import verify_act_receipt as verify_act_receipt
    from .issuer import EffectRecord as EffectRecord
    from .issuer import ReceiptIssuer as ReceiptIssuer
    from .verifier import VerifiedReceipt as VerifiedReceipt
    from .verifier import verify_receipt as verify_receipt

__getattr__ = export_lazily(
    __name__,
    {
        "act_receipt": "ActReceiptIssuer is_act_receipt VerifiedAct verify_act_receipt",
        "issuer": "EffectRecord ReceiptIssuer",
        "verifier": "VerifiedReceipt verify_receipt",
    },
)
