"""This package writes to the terminal; results go to stdout and everything else to stderr.

`console` prints, `root_group` is the root of all commands with their shared options and exit codes, and
`unicode_safety` makes characters visible that could deceive a reader.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .console import can_ask as can_ask
    from .console import make_error_console as make_error_console
    from .console import make_output_console as make_output_console
    from .console import print_markdown as print_markdown
    from .console import print_note as print_note
    from .console import print_renderable as print_renderable
    from .console import print_table as print_table
    from .console import print_text as print_text
    from .console import show_count as show_count
    from .console import show_progress as show_progress
    from .console import show_working as show_working
    from .console import write_json as write_json
    from .root_group import RootGroup as RootGroup
    from .root_group import suggest_command as suggest_command
    from .unicode_safety import escape_json as escape_json
    from .unicode_safety import escape_unsafe as escape_unsafe
    from .unicode_safety import expose_unseen as expose_unseen
    from .unicode_safety import find_suspicions as find_suspicions

__getattr__ = export_lazily(
    __name__,
    {
        "console": (
            "can_ask make_error_console make_output_console print_markdown print_note print_renderable "
            "print_table print_text show_count show_progress show_working write_json"
        ),
        "root_group": "RootGroup suggest_command",
        "unicode_safety": "escape_json escape_unsafe expose_unseen find_suspicions",
    },
)
