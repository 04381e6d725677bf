"""Sources are where documents come from: which files are meant, and the names under which memory knows them.

Files are those that are named, and those in the folders that are named. What somebody adds by themselves may not take a
source name that speaks for others.
"""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import select

from ...policies.domain.principal import Principal
from ...policies.errors import BadInput, NotAllowed
from ...policies.storage.database import begin_read
from ..governance.mentions import simplify_text
from ..memory import Memory
from ..records.scope import hash_name
from ..records.tables import rows

SOURCE_ROOT = "files"
_ODD = re.compile("[%#\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file.

    Attributes:
        path: where it lies.
        source: the name under which memory knows it.
        why: why it cannot be read, if so.
        origin: stands for the folder that the name is relative to; empty for a name that is a whole path.
    """

    path: Path
    source: str
    why: str = ""
    origin: str = ""


def find_files(paths: Sequence[Path], owner: str, base: Path) -> Iterator[SourceFile]:
    """The files in order, each once, and folders that cannot be looked into; hidden ones and links are left out.

    Args:
        paths: files and folders.
        owner: whose files they are; part of each source, so that nobody replaces what another brought.
        base: sources name the files in it relative to it.

    Raises:
        BadInput: a path does not exist.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise BadInput(f"There is no file or folder {path}. Check the path and try again.")
    seen: set[str] = set()
    for named in paths:
        for path in _files(named):
            source = make_source(path, owner, base)
            if source not in seen:
                seen.add(source)
                yield SourceFile(path, source, _explain_unreadable(path), compute_origin(path, base))


def make_source(path: Path, owner: str, base: Path) -> str:
    """The name of a file in memory, such as ``files/mara.voss/contracts/nda.pdf``; outside of base the whole path."""
    inside = _find_inside(path, base)
    name = os.path.abspath(path) if inside is None else "/".join(inside.parts)
    return f"{make_own_prefix(owner)}{escape_source_name(name)}"


def compute_origin(path: Path, base: Path) -> str:
    """What tells a file in base from one of the same name in another base, without saying where either lies."""
    return "" if _find_inside(path, base) is None else hash_name(os.path.realpath(base))


def _find_inside(path: Path, base: Path) -> Path | None:
    whole, start = Path(os.path.abspath(path)), Path(os.path.abspath(base))
    return whole.relative_to(start) if whole.is_relative_to(start) else None


def make_own_prefix(owner: str) -> str:
    """How the sources of somebody's files begin."""
    return f"{SOURCE_ROOT}/{quote(owner, safe='')}/"


def _files(named: Path) -> Iterator[Path]:
    if named.is_symlink() or not named.is_dir():
        yield named
        return
    closed: list[Path] = []
    for folder, folders, names in os.walk(
        named, onerror=lambda error: closed.append(Path(error.filename)), followlinks=False
    ):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        # Word leaves "~$name" beside an open file.
        for name in sorted(names):
            if not name.startswith((".", "~$")):
                yield Path(folder) / name
    yield from closed


def _explain_unreadable(path: Path) -> str:
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if stat.S_ISLNK(mode):
        return "is a link; name the file that it points to"
    if stat.S_ISDIR(mode):
        return "is a folder that cannot be looked into"
    return "" if stat.S_ISREG(mode) else "is no ordinary file"


def escape_source_name(name: str) -> str:
    """A name that stays on its line, ends at no ``#``, and is no other file's: the rest is written as %XX."""
    return _ODD.sub(lambda found: "".join(f"%{byte:02X}" for byte in _encode(found[0])), name)


def _encode(letter: str) -> bytes:
    """Its bytes; those of a name that is no UTF-8 are what the system gave."""
    return letter.encode(errors="surrogateescape")


_RECORDS = ("rev-", "con-")  # reviews, and contracts on record, which answers quote as precedents


def check_own_source(memory: Memory, principal: Principal, source: str) -> None:
    """Refuses a source that a reader would take for the word of a handbook, a record, a review or another's file.

    Only what the principal may see is compared, so that a refusal tells nothing about anything else.

    Raises:
        NotAllowed: it is one of these.
    """
    wanted = _find_base(source)
    if not wanted:
        return
    others_file = wanted.startswith(f"{SOURCE_ROOT}/") and not source.strip().startswith(
        make_own_prefix(principal.user_id)
    )
    if others_file or wanted.startswith(_RECORDS) or _speaks_for_others(memory, principal, wanted):
        raise NotAllowed(
            f"{source.strip()} speaks for others, so it cannot be the source of what you add yourself. Leave --source "
            "out and name it in the text."
        )


def _speaks_for_others(memory: Memory, principal: Principal, wanted: str) -> bool:
    scope = memory.scope(principal, prefix=())
    query = select(rows.c.source).where(*scope.conditions(), rows.c.author != principal.user_id).distinct()
    with begin_read(memory.rows.engine) as connection:
        return any(_find_base(found) == wanted for found in connection.scalars(query))


def _find_base(source: str) -> str:
    """The document that a source is a section of, however it is written."""
    return " ".join(simplify_text(source, cased=False).partition("#")[0].split())
