"""The memory that all agents share: SQL holds the truth, vector indexes follow it and can be made anew.

- the doors: ``recall`` (agents), ``store`` (LangGraph), ``langchain_doors``; files come in by ``ingest/``, handbooks
  and contracts by ``seed``, what the work teaches by ``writeback``.
- one search: ``asked`` reads the question, ``search`` looks by meaning (``dense``), by words (``lexical``) and by name
  (``mentions``), ``fusion`` and ``ranking`` order the hits.
- who may see what, and for how long: ``scope``, ``governed``, ``retention``; leaving it: ``erase``, ``exporting``.
- rows: ``tables``, ``rows``, ``records``, ``items``; attached files: ``documents``, cut by ``chunks``.
- vectors: ``embedder`` (``minilm``, ``endpoint``), ``index`` (``exact``, ``chroma``), ``feed`` tells them what changed,
  ``reindex`` makes them anew.
"""
