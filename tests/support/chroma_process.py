"""A private Chroma server for tests: its own folder, a free port on loopback, ended by its id."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from countersign.memory.index.chroma_server import ChromaServer

SECONDS = 60


@contextmanager
def running(folder: Path) -> Iterator[ChromaServer]:
    """A server on the data in this folder, made when missing; it ends with the block.

    Raises:
        RuntimeError: it does not start.
    """
    process, server = start(folder)
    try:
        yield server
    finally:
        end(process)


def start(folder: Path, port: int = 0) -> tuple["subprocess.Popen[bytes]", ChromaServer]:
    """Starts a server; see :func:`running`. End it with :func:`end`."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = Path(sys.executable).with_name("chroma")
    program = str(beside) if beside.exists() else shutil.which("chroma")
    if program is None:
        raise RuntimeError("The command chroma is not installed; it comes with the package chromadb.")
    port = port or _free_port()
    # A file and no pipe: nobody reads it, and a full pipe would stop the server.
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [program, "run", "--host", "127.0.0.1", "--port", str(port), "--path", str(folder / "data")],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
    ends = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, ChromaServer("127.0.0.1", port)
        except OSError:
            time.sleep(0.05)
    end(process)
    raise RuntimeError(f"Chroma's server did not start: {(folder / 'server.log').read_text()[-2000:]}")


def end(process: "subprocess.Popen[bytes]") -> None:
    """Kills the server and waits for its end."""
    process.kill()
    process.wait()


def _die_with_parent() -> None:
    """Asks Linux to kill the server should the tests be killed (prctl, PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
