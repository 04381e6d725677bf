"""The playbooks by name."""

from ..playbook import Playbook
from .contract_review import CONTRACT_REVIEW
from .invoice_exception import INVOICE_EXCEPTION
from .refund import REFUND

PLAYBOOKS: dict[str, Playbook] = {book.name: book for book in (CONTRACT_REVIEW, INVOICE_EXCEPTION, REFUND)}
