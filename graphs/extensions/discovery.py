"""Extensions are found among what is installed, by name, or where a module keeps them.

What cannot be loaded stops the start: an assistant that silently lacks a department would answer as if it had none.
"""

import hashlib
import importlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path
from types import ModuleType

from ...policies.domain.canonical import compute_digest
from ...tools.spec import ToolSpec
from .extension import Extension, ExtensionError

ENTRY_POINTS = "countersign.extensions"
"""The group of entry points under which a package names its extensions."""
DISTRIBUTION = "countersign"
_LEAVE_OUT = "Repair or uninstall it, or name those to load in COUNTERSIGN_EXTENSIONS."


@dataclass(frozen=True, slots=True)
class LoadedExtension:
    """An extension, and where it came from.

    Attributes:
        origin: in words, such as ``"it-desk 1.2"``; for people and the log.
        shipped: whether it came with Countersign, whose own tests have checked it.
        digest: SHA-256 over the files that it is made of: its package, the modules of its parts, packs, intents and
            handbooks.
    """

    extension: Extension
    origin: str
    shipped: bool
    digest: str

    def record(self) -> dict[str, str]:
        """What the log keeps of it."""
        extension = self.extension
        return {
            "name": extension.name,
            "version": extension.version,
            "owner": extension.owner,
            "origin": self.origin,
            "digest": self.digest,
        }


def load_extensions(wanted: Sequence[str | Extension] | None = None) -> tuple[LoadedExtension, ...]:
    """The wanted extensions in their order, or all that are installed, by name.

    Args:
        wanted: names of installed extensions, places such as ``"it_desk.extension:IT_DESK"``, or values.

    Raises:
        ExtensionError: one is not installed, cannot be imported, or is no extension.
    """
    if wanted is None:
        return tuple(map(_load_installed, sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)))
    return tuple(_load_value(item) if isinstance(item, Extension) else _load_named(item) for item in wanted)


def load_shipped(extension: Extension) -> LoadedExtension:
    """An extension that came with Countersign and is always there."""
    return _make(extension, f"{DISTRIBUTION} {get_version()}", "", shipped=True)


def load_loose_tools(places: Sequence[str]) -> tuple[Extension, ...]:
    """Tools that are no extension yet, each place as an extension of its own, to try rules with.

    Args:
        places: such as ``"it_desk.tools:TOOLS"``.

    Raises:
        ExtensionError: what stands there is no sequence of tools.
    """
    found = []
    for number, place in enumerate(places, start=1):
        tools = load_object(place)
        if not isinstance(tools, list | tuple) or not all(isinstance(item, ToolSpec) for item in tools):
            raise ExtensionError(f"{place} holds no tools; name a list or tuple of what `@tool(...)` makes.")
        found.append(Extension(f"tools_{number}", "unversioned", place, tools=tuple(tools)))
    return tuple(found)


def load_object(place: str) -> object:
    """What stands at a place such as ``"it_desk.tools:TOOLS"``.

    Raises:
        ExtensionError: there is no such module or name in it, or the module cannot be imported.
    """
    module, _, name = place.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:
        raise ExtensionError(f"{place} cannot be loaded ({_explain(error)}). {_LEAVE_OUT}") from error


def _load_named(name: str) -> LoadedExtension:
    if ":" in name:
        module = name.partition(":")[0]
        return _make(_check_value(name, load_object(name)), f"named as {name}", module)
    points = list(entry_points(group=ENTRY_POINTS, name=name))
    if not points:
        known = ", ".join(sorted({point.name for point in entry_points(group=ENTRY_POINTS)})) or "none"
        raise ExtensionError(
            f"There is no extension {name!r}; installed are: {known}. Install its package, or name its place as "
            "module:NAME."
        )
    return _load_installed(points[0])


def _load_installed(point: EntryPoint) -> LoadedExtension:
    origin = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
    try:
        value = point.load()
    except (Exception, SystemExit) as error:
        raise ExtensionError(
            f"The extension {point.name} of {origin} cannot be imported from {point.value} ({_explain(error)}). "
            f"{_LEAVE_OUT}"
        ) from error
    extension = _check_value(f"{point.name} of {origin}", value)
    if extension.name != point.name:
        raise ExtensionError(
            f"{origin} registers an extension as {point.name!r}, which calls itself {extension.name!r}; give both one "
            "name."
        )
    return _make(extension, origin, point.module, shipped=point.dist is not None and point.dist.name == DISTRIBUTION)


def _load_value(extension: Extension) -> LoadedExtension:
    return _make(extension, "given in code", "")


def _check_value(what: str, value: object) -> Extension:
    if not isinstance(value, Extension):
        raise ExtensionError(f"{what} is of type {type(value).__name__} and no Extension; name the value that is one.")
    return value


def _make(extension: Extension, origin: str, module: str, *, shipped: bool = False) -> LoadedExtension:
    return LoadedExtension(extension, origin, shipped, compute_extension_digest(extension, module))


def _explain(error: BaseException) -> str:
    """The error in one line; a module may say anything, over any number of them."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def compute_extension_digest(extension: Extension, module: str = "") -> str:
    """SHA-256 over what an extension is made of; another digest means that something in it changed.

    Args:
        module: in which it is defined; empty when that is not known, as in a notebook.
    """
    code = {name: _hash_file(path) for name, path in sorted(_list_code(extension, module))}
    data = {name: _hash_file(path) for name, path in sorted(_list_data(extension))}
    told = {"name": extension.name, "version": extension.version, "owner": extension.owner}
    tools = [f"{spec.name}/{spec.version}" for spec in extension.tools]
    return compute_digest([told, tools, code, data])


def _list_code(extension: Extension, module: str) -> Iterator[tuple[str, Path]]:
    """The Python files of the package in which it is defined, and of the modules of its parts, once each."""
    found: dict[str, Path] = {}
    for name in dict.fromkeys([module, *_list_modules(extension)]):
        loaded = sys.modules.get(name)
        file = Path(loaded.__file__) if loaded is not None and loaded.__file__ else None
        if file is not None and file.is_file():
            found[name] = file
    if module in found and _is_in_package(sys.modules[module]):
        folder = found[module].parent
        found |= {f"{module}/{path.relative_to(folder)}": path for path in folder.rglob("*.py")}
    yield from found.items()


def _is_in_package(module: ModuleType) -> bool:
    """Whether a module lies in a package; beside one that does not, anything may lie."""
    return bool(module.__package__)


def _list_modules(extension: Extension) -> Iterator[str]:
    """The modules in which its parts are defined."""
    for spec in extension.tools:
        yield from (spec.arguments.__module__, spec.result.__module__)
    for handler in extension.handlers.values():
        yield from (handler.find.__module__, handler.tell.__module__)
    for workflow in extension.workflows:
        yield from (step.__module__ for _, step in workflow.named_steps)
    for connector in extension.connectors:
        yield getattr(connector.open, "__module__", "")


def _list_data(extension: Extension) -> Iterator[tuple[str, Path]]:
    folders = [*extension.packs, *extension.handbooks, *(task.model for task in extension.learning_tasks)]
    folders += [extension.intents.path] if extension.intents else []
    for place in folders:
        if place.is_dir():
            yield from ((f"{place.name}/{path.relative_to(place)}", path) for path in place.rglob("*.*ml"))
        elif place.is_file():
            yield place.name, place


def _hash_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def get_version() -> str:
    """The version of Countersign that runs."""
    return version(DISTRIBUTION)
