"""The tools of finance, and the checks that they rest on.

Tools stand in `invoices`, `posting`, `suppliers`, `purchase_orders` and `expenses`. `three_way_match` compares invoice,
order and receipts, from the papers that `invoice_documents` gathers, and `payment_promises` finds promises of money in
messages.
"""
