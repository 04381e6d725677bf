"""The registry lists the workflows that ship by name."""

from .contract_review.workflow import CONTRACT_REVIEW
from .engine.workflow import Workflow
from .invoice_exception.workflow import INVOICE_EXCEPTION
from .refund.workflow import REFUND

WORKFLOWS: dict[str, Workflow] = {workflow.name: workflow for workflow in (CONTRACT_REVIEW, INVOICE_EXCEPTION, REFUND)}
