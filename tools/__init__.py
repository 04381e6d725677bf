"""All that touches the world: tools behind one guarded door, and the ledger that lets each effect happen once.

- a tool: ``spec`` says what one is; ``toolsets/`` has them all, one file for each kind of thing.
- the door: ``registry``; a call is made by ``proposing``, judged by ``judging``, run by ``attempt``; reads go through
  ``reads``, writes through ``effects`` and ``ledger``; what may or may not have happened: ``doubts``.
- systems that fail: ``breaker``, ``fallbacks``.
- ``company/`` is the sample company and the port to systems of record, ``reading/`` reads texts without a model,
  ``scoring/`` holds the trained scores, ``learning/`` trains them on what people decided.
"""
