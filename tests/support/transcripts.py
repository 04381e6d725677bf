"""Transcripts on pages: what somebody typed at a shell and what it printed, played again on a fresh data folder.

A block of the language ``console`` is one; a block below ``<!-- file: NAME -->`` is a file that the reader writes. What
follows ``$`` was typed, in a chat what follows ``>``; all other lines were printed. The blocks of a page are one
session: what the first one began, the last one sees. ``…`` by itself stands for one or more lines that are left out,
and within a line for anything.
"""

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from command_line import run_cli

_BLOCK = re.compile(r"^(?:<!-- file: (?P<file>\S+) -->\n```\w*|```console)\n(?P<text>.*?)^```", re.M | re.S)
_NAME = r"\b(?:REV-[0-9a-f]{4,12}|run-[0-9a-f]{32}|[0-9a-f]{64}|[0-9a-f]{12})\b"
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_PATTERNS = {
    "time": r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:\+00:00)?)?",
    "day": rf"\b\d{{1,2}} (?:{_MONTHS}) \d{{4}}",
    "left": r"\bin \d+ d \d+ h",
    "records": r"\b\d+ records?",
    "number": r"\brecord \d+",
    "rest": ".*",
}
"""What differs from day to day and from run to run, and what a page leaves out."""
_FOUND = _PATTERNS | {"rest": "…"}
_PIECES = re.compile("|".join(f"(?P<{what}>{pattern})" for what, pattern in {"name": _NAME, **_FOUND}.items()))


@dataclass
class Step:
    """One command of a transcript.

    Attributes:
        command: as it was typed.
        typed: what was typed into it afterwards, line by line.
        printed: what it printed, line by line.
    """

    command: str
    typed: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)


@dataclass
class WrittenFile:
    """A file that a page shows, by its path."""

    path: str
    text: str


class WrongTranscript(AssertionError):
    """A page shows something else than what the program prints."""


def read_steps(page: str) -> list[Step | WrittenFile]:
    """The commands and files of a page, in order.

    Raises:
        ValueError: a block does not begin with a command.
    """
    steps: list[Step | WrittenFile] = []
    for block in _BLOCK.finditer(page):
        steps += [WrittenFile(block["file"], block["text"])] if block["file"] else _read_commands(block["text"])
    return steps


def _read_commands(block: str) -> list[Step]:
    if not block.startswith("$ "):
        raise ValueError(f"A transcript begins with what was typed, not with {block.splitlines()[0]!r}.")
    steps: list[Step] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line[2:]))
        elif line.startswith("> "):
            steps[-1].typed.append(line[2:])
        else:
            steps[-1].printed.append(line)
    return steps


class Player:
    """Types what a page shows, in the working directory, and compares what is printed."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._exit_code = 0

    @property
    def exit_code(self) -> int:
        """How the last command ended; 0 again after a page has shown it."""
        return self._exit_code

    def play(self, step: Step | WrittenFile) -> None:
        """Plays one command, or writes one file.

        Raises:
            WrongTranscript: it printed something else, or the one before failed and the page does not say so.
        """
        if isinstance(step, WrittenFile):
            Path(step.path).parent.mkdir(parents=True, exist_ok=True)
            Path(step.path).write_text(step.text, "utf-8")
            return
        if self._exit_code and step.command != "echo $?":
            raise WrongTranscript(f"The command before {step.command!r} ended with {self._exit_code}.")
        printed = self._run(re.sub(_NAME, lambda name: self._actual(name[0]), step.command), step.typed)
        shown = [line.rstrip() for line in step.printed if line.strip()]
        told = [line.rstrip() for line in printed.splitlines() if line.strip()]
        names = _match_lines(shown, told, self._names)
        if names is None:
            raise WrongTranscript(
                "\n".join(["$ " + step.command, "--- the page shows", *shown, "--- it printed", *told])
            )
        self._names = names

    def _run(self, command: str, typed: list[str]) -> str:
        if command == "echo $?":
            code, self._exit_code = self._exit_code, 0
            return str(code)
        words = shlex.split(command, comments=True)
        if words[0] != "countersign":
            done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
            self._exit_code = done.returncode
            return done.stdout + done.stderr
        given = "".join(f"{line}\n" for line in typed)
        if "<" in words:
            given = Path(words[words.index("<") + 1]).read_text("utf-8")
            words = words[: words.index("<")]
        result = run_cli(*words[1:], input=given)
        self._exit_code = result.exit_code
        return result.output

    def _actual(self, shown: str) -> str:
        """The name that this run has for a name on the page, or for its beginning."""
        found = [actual for name, actual in self._names.items() if name.startswith(shown)]
        return found[0][: len(shown)] if found else shown


def _match_lines(shown: list[str], told: list[str], names: dict[str, str]) -> dict[str, str] | None:
    """The names that this run has for those on the page, or ``None`` when the lines differ."""
    if not shown:
        return None if told else names
    if shown[0].strip() == "…":
        tries = (_match_lines(shown[1:], told[count:], names) for count in range(1, len(told) + 1))
        return next((found for found in tries if found is not None), None)
    found = _match_line(shown[0], told[0], names) if told else None
    return None if found is None else _match_lines(shown[1:], told[1:], found)


def _match_line(shown: str, told: str, names: dict[str, str]) -> dict[str, str] | None:
    new: list[str] = []
    found = re.fullmatch("".join(_find_parts(shown, new)), told)
    if not found:
        return None
    known = dict(names)
    for name, actual in zip(new, found.groups(), strict=True):
        if known.setdefault(name, actual) != actual or list(known.values()).count(actual) > 1:
            return None
    return known


def _find_parts(shown: str, names: list[str]) -> Iterator[str]:
    """A pattern for a line, with a group for each name in it; the names are added to the list."""
    place = 0
    for piece in _PIECES.finditer(shown):
        yield re.escape(shown[place : piece.start()])
        place = piece.end()
        what = str(piece.lastgroup)
        if what == "name":
            prefix = piece[0][:4] if piece[0].startswith(("REV-", "run-")) else ""
            names.append(piece[0])
            yield f"({prefix}[0-9a-f]{{{len(piece[0]) - len(prefix)}}})"
        else:
            yield _PATTERNS[what]
    yield re.escape(shown[place:])
