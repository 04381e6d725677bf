"""Pure governance: who asks, what the written rules say, who signed, and the proof. No framework, no model.

- ``audit/``
- ``backtest/``
- ``crypto/``
- ``domain/``
- ``engine/``
- ``filters/``
- ``governance/``
- ``limits/``
- ``lint/``
- ``packs/``
- ``receipts/``
- ``review/``
- ``rules/``
- ``storage/``
- ``testing/``
"""
