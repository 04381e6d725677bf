"""A Chroma server is searched by several processes, or several machines, at once."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from sqlalchemy import Engine, text

from ...policies.errors import BadInput
from ...policies.storage.database import begin_read
from ...policies.storage.postgres import END_INDEXING, TRY_INDEXING
from .chroma import get_sessions
from .sync_marks import SyncMarks

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

URL_VARIABLE = "COUNTERSIGN_CHROMA_URL"
TOKEN_VARIABLE = "COUNTERSIGN_CHROMA_TOKEN"  # noqa: S105 - the variable's name
LOCK = "index-update.lock"
PORTS = {"http": 8000, "https": 443}
HEARTBEAT_PATH = "/api/v2/heartbeat"
CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 20.0
TURN_SECONDS, POLL_SECONDS = 2.0, 0.02


class IndexOccupied(Exception):
    """Another process is bringing the same index up to date; search without it this time."""


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """Where a Chroma server listens.

    Attributes:
        token: sent as ``Authorization: Bearer``, for a proxy in front of the server that asks for it.
    """

    host: str
    port: int
    encrypted: bool = False
    token: str = field(default="", repr=False)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self | None:
        """The server of ``COUNTERSIGN_CHROMA_URL`` (with ``COUNTERSIGN_CHROMA_TOKEN``), or ``None`` without one.

        Raises:
            BadInput: the URL is not of the form ``http://host:port``, or a token would travel in the open.
        """
        url, token = settings.get(URL_VARIABLE, "").strip(), settings.get(TOKEN_VARIABLE, "")
        if not url:
            return None
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        # The URL is not repeated: what is wrong with it may be a password inside.
        if parts.scheme not in PORTS or not host or parts.username is not None or parts.path.strip("/") or parts.query:
            raise BadInput(
                f"{URL_VARIABLE} is not the address of a Chroma server. Write http://127.0.0.1:8000 or "
                f"https://host:port, and put a token into {TOKEN_VARIABLE}."
            )
        if token and parts.scheme == "http" and not _is_local(host):
            raise BadInput(f"{TOKEN_VARIABLE} would travel unencrypted to {host}. Use https, or take the token away.")
        return cls(host, port or PORTS[parts.scheme], parts.scheme == "https", token)

    def connect(self) -> "ClientAPI":
        """A connection; whatever goes wrong is passed on, and soon."""
        self._ask_whether_alive()
        import chromadb
        from chromadb.config import Settings

        settings = Settings(
            anonymized_telemetry=False,
            chroma_server_host=self.host,
            chroma_server_http_port=self.port,
            chroma_server_ssl_enabled=self.encrypted,
        )
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else None
        client = chromadb.HttpClient(self.host, self.port, self.encrypted, headers, settings)
        for session in get_sessions(client):
            session.timeout = ANSWER_SECONDS
        return client

    def _ask_whether_alive(self) -> None:
        """Because Chroma's client, while it connects, waits without end for a program that does not answer."""
        kind = HTTPSConnection if self.encrypted else HTTPConnection
        connection = kind(self.host, self.port, timeout=CONNECT_SECONDS)
        try:
            connection.request("GET", HEARTBEAT_PATH)
            connection.getresponse()
        finally:
            connection.close()


class SharedChroma:
    """Chroma in a server; whoever brings a tenant's collection up to date does so alone.

    Args:
        server: where it listens.
        home: the data folder, for the lock among processes on one SQLite file.
        engine: the database; on PostgreSQL it keeps the lock, among all machines.
    """

    retry_seconds = 10.0
    shared = True
    empty = False  # who knows

    def __init__(self, server: ChromaServer, home: Path, engine: Engine) -> None:
        self._server = server
        self._engine = engine
        self._lock = FileLock(home / LOCK, thread_local=False)
        self._prefix = ""

    @property
    def prefix(self) -> str:
        """Begins the names of this database's collections: several may share one server."""
        if not self._prefix:
            self._prefix = f"cs-{SyncMarks(self._engine).installation()[:16]}-"
        return self._prefix

    def connect(self) -> "ClientAPI":
        """A connection of this process; whatever goes wrong is passed on."""
        return self._server.connect()

    def take(self) -> bool:
        """Never: the server's files are not ours."""
        return False

    @contextmanager
    def lock_tenant(self, tenant: str) -> Iterator[None]:
        """While the block runs, no other process changes the tenant's collection.

        Raises:
            Occupied: another process does, and takes its time.
        """
        if self._engine.dialect.name == "sqlite":
            try:
                with self._lock.acquire(timeout=TURN_SECONDS, poll_interval=POLL_SECONDS):
                    yield
            except Timeout as error:
                raise IndexOccupied(tenant) from error
            return
        with begin_read(self._engine) as connection:
            name, ends = {"name": f"index {tenant}"}, time.monotonic() + TURN_SECONDS
            while not connection.scalar(text(TRY_INDEXING), name):
                if time.monotonic() > ends:
                    raise IndexOccupied(tenant)
                time.sleep(POLL_SECONDS)
            try:
                yield
            finally:
                connection.execute(text(END_INDEXING), name)

    def discard(self) -> None:
        """Nothing: the server's data is not ours to delete."""

    def release(self) -> None:
        """Nothing: no lock is kept between changes."""


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
