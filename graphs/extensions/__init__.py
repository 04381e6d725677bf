"""Extensions: what a department or a company adds, from a package of its own, as one value.

`extension` says what that is, `discovery` finds those that are installed, `content` puts several together, `checks`
holds rules against them before anything starts, `systems` opens what they connect, and `inventory` says what was
loaded.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .checks import record_extensions as record_extensions
    from .checks import refuse_tools_without_rules as refuse_tools_without_rules
    from .content import Content as Content
    from .content import compose_content as compose_content
    from .discovery import load_extensions as load_extensions
    from .discovery import load_loose_tools as load_loose_tools
    from .discovery import load_shipped as load_shipped
    from .extension import Extension as Extension
    from .extension import ExtensionError as ExtensionError
    from .extension import make_business_extension as make_business_extension
    from .inventory import list_extensions as list_extensions
    from .pilot import PACK_FILE as PACK_FILE
    from .pilot import PEOPLE_FILE as PEOPLE_FILE
    from .pilot import PILOT_FOLDER as PILOT_FOLDER
    from .pilot import list_pilot_extensions as list_pilot_extensions
    from .pilot import put_pilot_people as put_pilot_people
    from .systems import open_extension_business as open_extension_business
    from .systems import open_extension_systems as open_extension_systems

__getattr__ = export_lazily(
    __name__,
    {
        "checks": "record_extensions refuse_tools_without_rules",
        "content": "compose_content Content",
        "discovery": "load_extensions load_loose_tools load_shipped",
        "extension": "Extension ExtensionError make_business_extension",
        "inventory": "list_extensions",
        "pilot": "list_pilot_extensions PACK_FILE PEOPLE_FILE PILOT_FOLDER put_pilot_people",
        "systems": "open_extension_business open_extension_systems",
    },
)
