"""Who does the work and what a model is shown for it: three agents as values, the router, and context assembly.

- ``context/``
- ``intents/``
- ``models/``
- ``provenance/``
- ``router_training/``
- ``routing/``
"""
