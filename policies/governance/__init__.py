"""This package puts together log, reviews and keys of one installation, and keeps which packs are in force.

Start with `governance`, which opens all of it. `editions` brings packs into force as the packs before them demand,
`pack_archive` keeps their contents, and `key_rotation` replaces keys.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .editions import Editions as Editions
    from .governance import Governance as Governance
    from .governance import open_governance as open_governance
    from .key_rotation import rotate_own_key as rotate_own_key
    from .key_rotation import rotate_system_key as rotate_system_key

__getattr__ = export_lazily(
    __name__,
    {
        "editions": "Editions",
        "governance": "Governance open_governance",
        "key_rotation": "rotate_own_key rotate_system_key",
    },
)
