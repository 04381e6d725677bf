"""The playbooks by name."""

from ..playbook import Playbook
from .refund import REFUND

PLAYBOOKS: dict[str, Playbook] = {book.name: book for book in (REFUND,)}
