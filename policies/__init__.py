"""Pure governance: who asks, what the written rules say, who signed, and the proof. No framework, no model.

Where to begin, and what stands around it:

- a call and its judge: ``proposal``, ``principal``, ``evidence``, ``engine``, ``decision``, ``stages``; ``untrusted``
  is the rule that no pack can switch off.
- rules as people write them: ``rules``, ``pack``, ``loading``, ``policyset``, ``expressions`` (CEL),
  ``decision_tables``, ``history``, ``retaining``, ``rates``, ``budgets``; what is masked: ``filters/``; those that come
  along: ``packs/``.
- trying rules out: ``checking``, ``testing``, ``boundaries``, ``comparing``, ``backtest``, ``explain``.
- rules in force: ``editions``, ``pack_changes``.
- people: ``review`` (a value), ``reviews`` (the store), ``countersigning``, ``review_timing``, ``editing``, ``doubts``.
- the proof: ``audit``, ``chain``, ``signed_head``, ``verification``, ``receipts``; keys: ``keyfolder``, ``keyring``.
- databases: ``database``, ``postgres``, ``books`` (log, reviews and keys together).
"""
