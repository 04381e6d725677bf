"""The registry lists the tasks that ship by name."""

from ..scoring.task import LearningTask
from .invoice_risk import INVOICE_RISK
from .refund_fraud import FRAUD
from .ticket_text import SENTIMENT, URGENCY

LEARNING_TASKS: dict[str, LearningTask] = {task.name: task for task in (FRAUD, INVOICE_RISK, SENTIMENT, URGENCY)}
