"""This package trains the router's classifier, and learns from people's corrections of routes.

`train` and `training` make a classifier from labelled messages; scikit-learn is needed for that alone. `loop` joins the
router to the learning loop, where `votes` bounds what one person can move, `promotion` compares, and `versions` keeps
which classifier is in force. At run time only the routing package is needed.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .loop import open_routing as open_routing
    from .train import add_measures as add_measures
    from .train import train_router as train_router
    from .versions import ROUTING as ROUTING
    from .versions import RouterVersions as RouterVersions

__getattr__ = export_lazily(
    __name__,
    {
        "loop": "open_routing",
        "train": "add_measures train_router",
        "versions": "RouterVersions ROUTING",
    },
)
