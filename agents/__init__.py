"""Who does the work and what a model is shown for it: three agents as values, the router, and context assembly.

- the agents: ``roster`` (``spec`` says what one is), ``prompts``, and ``sees``, the fields that each may see.
- where a message goes: ``router``, and beneath it ``splitting``, ``rules``, ``classifier``, ``settling``,
  ``clarifying``; ``intents/`` holds the examples; learning from corrections: ``learned_router`` and ``routing_…``.
- what the turn may write: ``turn_plan``; where an argument came from: ``provenance``, ``pointing``, ``derived``.
- what a model gets: ``context``, ``parts``, ``relevance``, ``earlier``, ``fence``, ``tokens``.
- asking one: ``models``, ``endpoint``, ``gathering``, ``failures``; what it costs: ``prices``, ``paying``.
"""
