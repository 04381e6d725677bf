"""The command line, the demo and the entry for LangGraph's server. Thin: what they do is done in the rooms below.

- ``access/``
- ``chat/``
- ``cli/``
- ``demo/``
- ``terminal/``
- ``views/``
"""
