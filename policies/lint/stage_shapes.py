"""What rules may read at the stages around the tool's: the ``args`` of each, as :mod:`.stages` tells them."""

from collections.abc import Mapping

from ..domain.proposal import Provenance
from ..domain.retention import RetentionClass
from ..domain.stage import Stage
from .shapes import Shape, mapping, of

_NUMBER, _TEXT, _TEXTS = of("number"), of("text"), of("texts")
_KEPT = {
    "retention": Shape(_TEXT.kinds, values=frozenset(map(str, RetentionClass))),
    "provenance": Shape(_TEXT.kinds, values=frozenset(map(str, Provenance))),
    "visibility": _TEXT,
    "source": _TEXT,
}
STAGE_ARGS: Mapping[Stage, Shape] = {
    Stage.TRIGGER: mapping({}),
    Stage.INPUT: mapping({"length": _NUMBER, "documents": _NUMBER}),
    Stage.ROUTE: mapping({"agent": _TEXT, "work": _TEXT, "how": _TEXT}),
    Stage.HANDOFF: mapping({"last": _TEXT}),
    Stage.MEMORY_WRITE: mapping({**_KEPT, "length": _NUMBER, "special": _TEXTS}),
    Stage.MEMORY_READ: mapping({**_KEPT, "author": _TEXT}),
    Stage.OUTPUT: mapping(
        {"length": _NUMBER, "citations": _NUMBER, "findings": _NUMBER, "status": _TEXT, "agents": _TEXTS}
    ),
}
"""By stage; those of tools have the shapes of each tool."""
NO_RECORDS = mapping({})
"""No records are put to these stages."""
