"""graphs/workflows/invoice_exception: what it is, in one sentence."""
