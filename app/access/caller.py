"""The caller is who uses the command line on which data, from the options that every command shares."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...policies.errors import BadInput

if TYPE_CHECKING:
    from ...graphs.extensions.content import Content
    from ...graphs.settings import Settings

USER_VARIABLE = "COUNTERSIGN_USER"


@dataclass(frozen=True, slots=True)
class Caller:
    """The shared options.

    Attributes:
        home: the data folder, or ``None`` for the environment's.
        user: id of the principal, or empty; the directory decides whether it exists.
        as_json: results for a program.
        tools: places of tools that are no extension yet, such as ``"it_desk.tools:TOOLS"``.
    """

    home: Path | None = None
    user: str = ""
    as_json: bool = False
    tools: tuple[str, ...] = ()

    @property
    def user_id(self) -> str:
        """The principal's id.

        Raises:
            BadInput: none was given.
        """
        if not self.user.strip():
            raise BadInput(
                f"Say who you are: --as USER, or set {USER_VARIABLE}. `countersign users` lists everybody; "
                "for a first look try --as mara.voss."
            )
        return self.user.strip()

    def settings(self) -> "Settings":
        """The settings of the environment with this data folder.

        Raises:
            BadInput: a variable holds what cannot be used.
        """
        from ...graphs.settings import Settings

        return Settings.from_env(home=self.home)

    def load_content(self) -> "Content":
        """What the assistant could do with these settings, and the tools beside it.

        Raises:
            ExtensionError: an extension cannot be loaded, or the tools are none.
        """
        from ...graphs.assistant.default_content import load_content
        from ...graphs.extensions.discovery import load_loose_tools
        from ...graphs.extensions.pilot import list_pilot_extensions

        settings = self.settings()
        return load_content(settings.extensions, *list_pilot_extensions(settings.home), *load_loose_tools(self.tools))


def get_caller(context: Any, tools: Sequence[str] | None = None) -> Caller:
    """The shared options of a command's Typer context.

    Args:
        tools: places of tools that the command is told of beside them.
    """
    found = context.find_root().obj
    return replace(found if isinstance(found, Caller) else Caller(), tools=tuple(tools or ()))
