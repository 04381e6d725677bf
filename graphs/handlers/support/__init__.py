"""The handlers of customer support: orders and complaints, customers, tickets, vouchers and discounts.

Refunds are a workflow, not a handler.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .customers import CUSTOMER_LOOKUP as CUSTOMER_LOOKUP
    from .orders import COMPLAINT as COMPLAINT
    from .orders import ORDER_STATUS as ORDER_STATUS
    from .tickets import TICKET_QUESTION as TICKET_QUESTION
    from .tickets import TICKET_UPDATE as TICKET_UPDATE
    from .vouchers import DISCOUNT as DISCOUNT
    from .vouchers import VOUCHER as VOUCHER

__getattr__ = export_lazily(
    __name__,
    {
        "customers": "CUSTOMER_LOOKUP",
        "orders": "COMPLAINT ORDER_STATUS",
        "tickets": "TICKET_QUESTION TICKET_UPDATE",
        "vouchers": "DISCOUNT VOUCHER",
    },
)
