"""All that touches the world: tools behind one guarded door, and the ledger that lets each effect happen once.

- ``connectors/``
- ``contracts/``
- ``extraction/``
- ``learning/``
- ``ledger/``
- ``registry/``
- ``sample_company/``
- ``scoring/``
- ``toolsets/``
"""
