"""The demo plays a story on the sample company and checks each scene as it happens.

`story` holds the scenes. They run on an assistant like any other.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .story import EXIT_NOT_AS_TOLD as EXIT_NOT_AS_TOLD
    from .story import narrate_scene as narrate_scene
    from .story import play_story as play_story

__getattr__ = export_lazily(
    __name__,
    {
        "story": "EXIT_NOT_AS_TOLD narrate_scene play_story",
    },
)
