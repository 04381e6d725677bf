"""The memory that all agents share: SQL holds the truth, vector indexes follow it and can be made anew.

- ``adapters/``
- ``embeddings/``
- ``governance/``
- ``index/``
- ``ingest/``
- ``records/``
- ``search/``
"""
