"""A private PostgreSQL cluster for tests: its own folder, a free port on loopback, ended with the tests."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

_PLACE = "place"
HOMES = ("/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt/postgresql", "/usr/local/opt/postgresql")


def binaries() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``, or ``None`` when PostgreSQL's server is not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    candidates = [path for home in HOMES for path in sorted(Path(home).glob("*/bin/initdb"), reverse=True)]
    return candidates[0].parent if candidates else None


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A running cluster in an empty folder, ended with the block.

    Yields:
        The address without a database name, e.g. ``postgresql+psycopg://tests@127.0.0.1:54321``.

    Raises:
        RuntimeError: PostgreSQL's server is not installed, or does not start.
    """
    url = start(folder)
    try:
        yield url
    finally:
        stop(folder)


def start(folder: Path, owner: int | None = None) -> str:
    """Starts a cluster in an empty folder and returns its address; see :func:`cluster`.

    Args:
        owner: id of a process that the cluster does not outlive, should it be killed.
    """
    tools = binaries()
    if tools is None:
        raise RuntimeError("PostgreSQL's server is not installed; on Debian: apt-get install postgresql")
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    # Not inside the folder: pytest shuts its folders to other users whenever another session starts.
    place = Path(mkdtemp(prefix="postgres-"))
    (folder / _PLACE).write_text(str(place))
    as_user = _owner(place)
    data = place / "data"
    _run(as_user, [tools / "initdb", "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync"])
    # What tests leave behind need not survive a power cut; commits are waited for all the same.
    settings = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c fsync=off"
    )
    _run(as_user, [tools / "pg_ctl", "-D", data, "-w", "-l", place / "log", "-o", settings, "start"])
    if owner is not None:
        end = f"{tools}/pg_ctl -D {data} -m immediate stop && rm -rf {place}"
        watch = f"(while ps -p {owner}; do sleep 1; done; {end}) >/dev/null 2>&1 &"
        subprocess.run(["sh", "-c", watch], **as_user, check=True, cwd="/", start_new_session=True)
    return f"postgresql+psycopg://tests@127.0.0.1:{port}"


def stop(folder: Path) -> None:
    """Stops the cluster in a folder and deletes its data."""
    place = Path((folder / _PLACE).read_text())
    _run(_owner(place), [f"{binaries()}/pg_ctl", "-D", place / "data", "-m", "immediate", "-w", "stop"])
    shutil.rmtree(place)


def _owner(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: root lends the folder to the user that Debian makes for it."""
    if os.getuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres to run it as.") from None
    os.chown(folder, user.pw_uid, user.pw_gid)
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and parent.stat().st_mode & 0o005 != 0o005:
            parent.chmod(parent.stat().st_mode | 0o005)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(as_user: dict[str, Any], command: list[object]) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(words, **as_user, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode != 0:
        raise RuntimeError(f"{Path(words[0]).name} failed: {done.stderr or done.stdout}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(0 if binaries() else 1)
