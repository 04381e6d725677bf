"""The caller is who uses the command line on which data, from the options that every command shares."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...policies.errors import BadInput

if TYPE_CHECKING:
    from ...graphs.settings import Settings

USER_VARIABLE = "COUNTERSIGN_USER"


@dataclass(frozen=True, slots=True)
class Caller:
    """The shared options.

    Attributes:
        home: the data folder, or ``None`` for the environment's.
        user: id of the principal, or empty; the directory decides whether it exists.
        as_json: results for a program.
    """

    home: Path | None = None
    user: str = ""
    as_json: bool = False

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


def get_caller(context: Any) -> Caller:
    """The shared options of a command's Typer context."""
    found = context.find_root().obj
    return found if isinstance(found, Caller) else Caller()
