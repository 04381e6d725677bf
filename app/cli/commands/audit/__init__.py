"""Commands for the proof: log, receipts, keys and what became of effects."""
