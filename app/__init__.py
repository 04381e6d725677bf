"""The command line, the demo and the entry for LangGraph's server. Thin: what they do is done in the rooms below.

``langgraph_server`` is the graph for LangGraph's server. The packages, from the ground up:

- ``terminal/``: writes to the terminal, and turns every error into a message and an exit code.
- ``access/``: opens what a command needs, and says who may see or do what.
- ``views/``: reviews, turns and explanations as people and programs see them.
- ``chat/``: a conversation at the terminal.
- ``demo/``: the story that shows what Countersign does.
- ``scaffold/``: writes the package of a department of one's own, and sets up pilots.
- ``cli/``: the command `countersign` and its subcommands.
"""
