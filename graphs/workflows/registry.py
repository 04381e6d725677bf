"""The playbooks by name."""

from .contract_review.workflow import CONTRACT_REVIEW
from .engine.workflow import Playbook
from .invoice_exception.workflow import INVOICE_EXCEPTION
from .refund.workflow import REFUND

PLAYBOOKS: dict[str, Playbook] = {book.name: book for book in (CONTRACT_REVIEW, INVOICE_EXCEPTION, REFUND)}
