"""The graph drawn without a data folder: its shape depends on the roster and the playbooks alone."""

from typing import Any, cast


class _Undressed:
    """Stands where the services would be; drawing must not use any."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"drawing the graph must not need the service {name!r}")


def mermaid(*, inside: bool = True) -> str:
    """The assistant graph as a Mermaid diagram.

    Args:
        inside: also what is inside each agent and playbook.
    """
    from ....graphs.assistant.graph import assistant_graph
    from ....graphs.runtime.services import Desk

    graph = assistant_graph(cast(Desk, _Undressed())).compile(name="assistant")
    return graph.get_graph(xray=inside).draw_mermaid()
