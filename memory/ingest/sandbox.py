"""The sandbox reads files in a process of its own, with an end to its time and its memory.

A file of some hundred kilobytes can keep a parser busy for hours or fill the machine: an e-mail's header, a page of
half comments, a table cell that spans two thousand million columns. Here it costs one process, and is told.

``python -m countersign.memory.ingest.sandbox`` is that process: it says with an empty line that it has started;
then for each file a line of JSON and its bytes come in, and a line of JSON goes out.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import PurePath
from types import TracebackType
from typing import IO, Any, Self

from .chunking import Heading
from .extraction import FileText, ReadLimits, UnreadableFile
from .formats import TEXT_ENDINGS, read_file_text

MEMORY_BYTES = 2_000_000_000
GRACE_SECONDS = 30.0  # seconds after its time when a reader that nobody ended ends itself
_STARTING = 30.0  # seconds until it has started, on a busy machine


class SandboxReader:
    """Reads files one after another; plain text here, where it costs nothing, anything else in the other process.

    Use it in a ``with`` statement, from one thread.

    Args:
        limits: how much of one file is read; ``seconds`` ends the reading of any file.
    """

    def __init__(self, limits: ReadLimits | None = None) -> None:
        self._limits = limits or ReadLimits()
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, name: str, data: bytes) -> FileText:
        """The text of a file.

        Raises:
            UnreadableFile: it is unknown, damaged, locked, empty or too large, or takes too long or too much memory.
        """
        if PurePath(name).suffix.lower() in TEXT_ENDINGS or len(data) > self._limits.bytes:
            return read_file_text(name, data, self._limits)
        answer = self._ask({"name": name, "length": len(data), "limits": asdict(self._limits)}, data)
        if "unreadable" in answer:
            raise UnreadableFile(answer["unreadable"])
        headings = answer["headings"]
        return FileText(
            text=answer["text"],
            title=answer["title"],
            headings=None if headings is None else tuple(Heading(**heading) for heading in headings),
            pages=tuple(answer["pages"]),
            attachments=tuple(answer["attachments"]),
        )

    def close(self) -> None:
        """Ends the other process."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _where: TracebackType | None) -> None:
        self.close()

    def _ask(self, question: Mapping[str, Any], data: bytes) -> dict[str, Any]:
        seconds = self._limits.seconds
        try:
            questions, answers = self._ensure_running()
            end = time.monotonic() + seconds
            questions.write(json.dumps(question).encode() + b"\n" + data)
            questions.flush()
            line = _read_line(answers, end)
        except BaseException as error:
            self.close()  # whatever it is at, it is not waited for
            if isinstance(error, TimeoutError):
                raise UnreadableFile(f"takes longer than {seconds:.0f} seconds to read") from error
            if isinstance(error, EOFError | OSError):
                raise UnreadableFile("cannot be read: what reads it broke down over it") from error
            raise
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _ensure_running(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            # -P: what lies in the working directory, perhaps beside the very files, is no program of ours.
            command = [sys.executable, "-P", "-m", __name__]
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            if self._process.stdout is not None:
                _read_line(self._process.stdout, time.monotonic() + _STARTING)
        if self._process.stdin is None or self._process.stdout is None:
            raise EOFError
        return self._process.stdin, self._process.stdout


def _read_line(stream: IO[bytes], end: float) -> bytes:
    """One line.

    Raises:
        TimeoutError: it did not come in time.
        EOFError: the process ended instead.
    """
    found = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not found.endswith(b"\n"):
            if not selector.select(max(0.0, end - time.monotonic())):
                raise TimeoutError
            some = os.read(stream.fileno(), 1 << 20)
            if not some:
                raise EOFError
            found += some
    return bytes(found)


def _serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    for line in questions:
        question = json.loads(line)
        data = questions.read(question["length"])
        limits = ReadLimits(**question["limits"])
        _end_after(limits.seconds + GRACE_SECONDS)
        try:
            answer: dict[str, Any] = asdict(read_file_text(question["name"], data, limits))
        except UnreadableFile as error:
            answer = {"unreadable": str(error)}
        except (RecursionError, MemoryError, UnicodeError, ValueError) as error:
            answer = {"unreadable": f"cannot be read ({type(error).__name__})"}
        _end_after(0)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _end_after(seconds: float) -> None:
    """Ends this process by then, also when whoever asked was killed meanwhile and ends nothing any more."""
    if hasattr(signal, "alarm"):
        signal.alarm(int(seconds))


def _limit_resources() -> None:
    try:
        import resource
    except ImportError:
        return  # Windows has no such limits; the time holds there too
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _limit_resources()
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()
    _serve(sys.stdin.buffer, sys.stdout.buffer)
