"""This module names the process that is at work, by host, id and birth, and says whether it may still live."""

import os
import socket
from functools import lru_cache
from pathlib import Path


def get_worker() -> str:
    """This process as ``host:pid:birth``; ids are used again, a birth with the same id is not."""
    return _make_worker(os.getpid())


@lru_cache(maxsize=1)
def _make_worker(own_pid: int) -> str:
    return f"{socket.gethostname()}:{own_pid}:{_read_birth(own_pid)}"


def is_local(worker: str) -> bool:
    """Whether a worker is, or was, a process of this machine."""
    return worker.split(":")[0] == socket.gethostname()


def is_running(worker: str) -> bool:
    """Whether a worker may still be at it; one on another host is given the benefit of the doubt."""
    if not is_local(worker):
        return True
    _, pid, birth = f"{worker}::".split(":")[:3]
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        pass
    # In a container every restart has the same id, so a living process may be another one.
    return not birth or birth == _read_birth(int(pid))


def _read_birth(pid: int) -> str:
    """When a process was started, in ticks since the machine was; empty where the system does not tell, or it ended."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in "ZX" else fields[18]
