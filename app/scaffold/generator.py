"""The generator writes the package of a new extension, whole or not at all."""

import importlib.util
import keyword
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from string import Template

from ...policies.errors import BadInput, StorageError

TEMPLATES = Path(__file__).parent / "templates"
_NAME = re.compile(r"[a-z]+(_[a-z]+)*")
LONGEST_NAME = 24
_SUFFIX = ".tmpl"


def write_extension(name: str, into: Path) -> tuple[Path, list[Path]]:
    """Writes a package that brings a department, to begin from.

    Args:
        name: of the extension and its package, such as ``"it_desk"``.
        into: the folder in which its own folder is made.

    Returns:
        Its folder, and the files in it, relative to it.

    Raises:
        BadInput: the name cannot be used, or something stands in its place already.
        StorageError: the folder cannot be written.
    """
    _check_name(name)
    target = into / name
    if target.exists():
        raise BadInput(
            f"{target} exists already; nothing was written. Choose another name, or another folder (--into)."
        )
    try:
        into.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=into))
        try:
            files = [_write(part / path, text) for path, text in render_extension(name)]
            part.chmod(0o755)
            part.rename(target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}. Check the folder's permissions.") from error
    return target, sorted(path.relative_to(part) for path in files)


def render_extension(name: str) -> Iterator[tuple[Path, str]]:
    """The files of the package of an extension: paths relative to its folder, and texts."""
    source = TEMPLATES / "extension"
    words = {
        "name": name,
        "dashed": name.replace("_", "-"),
        "NAME": name.upper(),
        "title": name.replace("_", " ").capitalize(),
    }
    for path in sorted(source.rglob(f"*{_SUFFIX}")):
        place = str(path.relative_to(source)).removesuffix(_SUFFIX)
        yield (
            Path(place.replace("NAME", name).replace("DASHED", words["dashed"])),
            Template(path.read_text("utf-8")).substitute(words),
        )


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise BadInput(
            f"{name!r} cannot name an extension; use lower-case words without digits, joined by _, such as it_desk, "
            f"at most {LONGEST_NAME} characters."
        )
    if (
        keyword.iskeyword(name)
        or name in sys.stdlib_module_names
        or name in ("tests", "countersign", "openai", "python", "ld")
    ):
        raise BadInput(f"{name!r} is the name of something else in Python; choose another.")
    if name == "shared" or entry_points(group="countersign.extensions", name=name):
        raise BadInput(f"An extension {name!r} is installed already; choose another name.")
    if importlib.util.find_spec(name) is not None:
        raise BadInput(f"A package {name!r} is installed already, and one would hide the other; choose another name.")
