"""This package holds memory to the written rules, and deletes for good.

`memory_rules` asks the packs what may be kept and recalled. `erasure` deletes a person, a source or what has expired,
with `mentions` to find who is named. `attachments` keeps the documents that people bring into a conversation.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .attachments import AttachmentStore as AttachmentStore
    from .attachments import StoredAttachment as StoredAttachment
    from .erasure import ErasureListener as ErasureListener
    from .erasure import ErasureReceipt as ErasureReceipt
    from .erasure import find_about_subject as find_about_subject
    from .erasure import forget_source as forget_source
    from .erasure import forget_subject as forget_subject
    from .erasure import ignore_erasure as ignore_erasure
    from .erasure import make_source_condition as make_source_condition
    from .erasure import sweep_expired as sweep_expired
    from .memory_rules import apply_memory_rules as apply_memory_rules
    from .memory_rules import check_removal as check_removal
    from .memory_rules import read_filter as read_filter
    from .mentions import mentions_subject as mentions_subject
    from .mentions import simplify_text as simplify_text

__getattr__ = export_lazily(
    __name__,
    {
        "attachments": "AttachmentStore StoredAttachment",
        "erasure": (
            "ErasureListener ErasureReceipt find_about_subject forget_source forget_subject ignore_erasure "
            "make_source_condition sweep_expired"
        ),
        "memory_rules": "apply_memory_rules check_removal read_filter",
        "mentions": "mentions_subject simplify_text",
    },
)
