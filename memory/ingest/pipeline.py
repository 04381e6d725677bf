"""The pipeline brings files into memory: it reads what changed, and tells what could not be read."""

import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select

from ...policies.domain.principal import Principal
from ...policies.errors import BadInput, NotAllowed
from ...policies.storage.database import begin_read, empty_log
from ..governance.erasure import make_source_condition
from ..governance.memory_rules import apply_memory_rules
from ..memory import Memory
from ..records.items import DOCUMENT, HANDBOOK, PRECEDENT, check_subjects
from ..records.retention import MUST_LOG
from ..records.rows import Draft
from ..records.scope import check_tenant, check_visibility, list_visibilities
from ..records.tables import documents, rows
from ..records.timestamps import utcnow
from .documents import MemoryDocument, embed_pending, store_document
from .extraction import ReadLimits, UnreadableFile
from .sandbox import SandboxReader
from .sources import SourceFile, compute_origin, escape_source_name, find_files, make_source

FILE_KINDS = (DOCUMENT, PRECEDENT, HANDBOOK)
VERSION = 2  # of the way in which files are read; a new one reads all of them again
HASH_LENGTH, ORIGIN_MARK = 31, "@"  # what is known of a file: so much of a hash of what it says, and where it came from
FileStatus = Literal["added", "changed", "unchanged", "skipped", "removed"]


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file.

    Attributes:
        path: the file as it was named.
        source: its name in memory, to cite and to forget it by.
        status: what happened; ``removed`` for one that is gone.
        pieces: in how many pieces it is remembered now, where that was looked at.
        why: the reason when it was skipped.
        attachments: what hangs on an e-mail and was not read.
    """

    path: str
    source: str
    status: FileStatus
    pieces: int = 0
    why: str = ""
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of all files, in order."""

    files: tuple[FileOutcome, ...]
    seconds: float

    @property
    def skipped(self) -> tuple[FileOutcome, ...]:
        """The files that were not read."""
        return tuple(file for file in self.files if file.status == "skipped")


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How files are remembered.

    Attributes:
        kind: ``document``, ``precedent`` or ``handbook``.
        visibility: ``org``, ``team:<team>``, ``role:<role>``, or empty for the person alone.
        vouched: the person answers for what the files say, so that it counts as fact; whoever calls has made sure that
            they may. What is not vouched for gives no orders and proves nothing. An e-mail is never vouched for.
        subjects: ids of people that the files are about, to be forgotten with them.
        retention: a class of :mod:`..records.retention`; rules may choose another.
        prune: also remove what came from a named folder before and is gone there.
        replace: take the place of files that have the same name in another working directory.
    """

    kind: str = DOCUMENT
    visibility: str = ""
    vouched: bool = False
    subjects: tuple[str, ...] = ()
    retention: str = "long-term"
    prune: bool = False
    replace: bool = False


def ingest_files(
    memory: Memory,
    principal: Principal,
    paths: Sequence[Path],
    filing: IngestOptions | None = None,
    *,
    base: Path | None = None,
    limits: ReadLimits | None = None,
    progress: Callable[[FileOutcome], None] | None = None,
    now: datetime | None = None,
    embed: bool = True,
) -> IngestResult:
    """Remembers files, piece by piece, with sections and character spans of their extracted text.

    Args:
        memory: where to.
        principal: whose files they are; they replace only their own.
        paths: files and folders.
        filing: how they are remembered.
        base: sources name files relative to it; default the working directory.
        limits: how much of one file is read.
        progress: told of each file.
        now: when this happens.
        embed: compute the vectors now; otherwise :func:`.documents.embed_pending` does later, and words find them at
            once.

    Raises:
        BadInput: a path, kind or visibility does not exist.
        NotAllowed: the principal may not write for that visibility, or files a handbook without vouching for it.
    """
    started = time.perf_counter()
    filing = filing or IngestOptions()
    visibility = _check_options(principal, filing)
    filing, limits = replace(filing, visibility=visibility), limits or ReadLimits()
    base = base or Path.cwd()
    if filing.prune and any(Path(os.path.abspath(path)) == Path(os.path.abspath(base)) for path in paths):
        raise BadInput("Pruning needs the name of a folder inside the working directory, not the directory itself.")
    done: list[FileOutcome] = []
    with SandboxReader(limits) as reader:
        work = _IngestRun(memory, principal, filing, limits, now or utcnow(), reader)
        for place in find_files(paths, principal.user_id, base):
            done.append(work.take(place))
            if progress:
                progress(done[-1])
    if filing.prune:
        present = {file.source for file in done}
        unread = tuple(f"{file.source}/" for file in done if file.status == "skipped")  # folders among them
        folders = [path for path in paths if path.is_dir() and not path.is_symlink()]
        for folder in folders:
            whence = compute_origin(folder, base)
            for gone in work.prune(make_source(folder, principal.user_id, base), whence, present, unread):
                done.append(gone)
                if progress:
                    progress(gone)
    if embed:  # also when nothing is new: an earlier run may have been broken off here
        embed_pending(memory)
    return IngestResult(tuple(done), time.perf_counter() - started)


def _check_options(principal: Principal, filing: IngestOptions) -> str:
    check_tenant(principal.tenant)
    if not principal.user_id:
        raise NotAllowed("Only somebody with a user id may bring files into memory. Sign in first.")
    check_subjects(filing.subjects)
    if filing.kind not in FILE_KINDS:
        raise BadInput(f"{filing.kind!r} is not a kind of file. Use one of {', '.join(FILE_KINDS)}.")
    if filing.kind == HANDBOOK and not filing.vouched:
        raise NotAllowed("A handbook holds the company's rules. Somebody has to vouch for it, or file it as document.")
    visibility = check_visibility(filing.visibility or f"user:{principal.user_id}")
    if visibility not in list_visibilities(principal):
        raise NotAllowed(
            f"{principal.user_id} may not write memory for {visibility}: only for org, own teams, own roles and "
            "themselves. Choose one of these."
        )
    return visibility


@dataclass(frozen=True, slots=True)
class _IngestRun:
    memory: Memory
    principal: Principal
    filing: IngestOptions
    limits: ReadLimits
    now: datetime
    reader: SandboxReader

    def take(self, place: SourceFile) -> FileOutcome:
        """One file; whatever is wrong with it is told, and the next one is taken."""
        try:
            # A file's name may hold what must not be kept, too.
            place = replace(place, source=self.memory.masker.mask(self.principal.tenant, place.source))
            if place.why:
                raise UnreadableFile(place.why)
            return self._file(place)
        except (BadInput, NotAllowed) as error:
            return FileOutcome(str(place.path), place.source, "skipped", why=str(error))
        except OSError as error:
            return FileOutcome(str(place.path), place.source, "skipped", why=f"cannot be read: {error.strerror}")
        except (RecursionError, MemoryError, UnicodeError) as error:
            return FileOutcome(str(place.path), place.source, "skipped", why=f"cannot be read ({type(error).__name__})")

    def _file(self, place: SourceFile) -> FileOutcome:
        data = _read_bytes(place.path, self.limits)
        tenant, filing, rows_ = self.principal.tenant, self.filing, self.memory.rows
        fields = [filing.kind, filing.visibility, filing.vouched, filing.retention, *filing.subjects]
        content = hashlib.sha256(json.dumps([VERSION, *fields]).encode() + data).hexdigest()[:HASH_LENGTH]
        known = rows_.document_digest(tenant, place.source)
        if known is not None and self._is_held(place.source):
            if known.partition(ORIGIN_MARK)[0] == content:
                return FileOutcome(str(place.path), place.source, "unchanged")
            if not self._is_ours(known, place.origin):
                raise UnreadableFile(
                    "another file is remembered under this name, from another working directory; start from a folder "
                    "above both, or let this one take its place with --replace"
                )
        found = self.reader.read(place.path.name, data)
        is_mail = place.path.suffix.lower() == ".eml"
        title = self.memory.masker.mask(tenant, found.title or escape_source_name(place.path.stem))
        document = MemoryDocument(
            source=place.source,
            title=" ".join(title.split())[:300],
            text=found.text,
            kind=filing.kind,
            provenance="trusted" if filing.vouched and not is_mail else "untrusted",
            visibility=filing.visibility,
            subjects=filing.subjects,
            author=self.principal.user_id,
            headings=found.headings,
            pages=found.pages,
        )
        if known is not None:
            # What is half loaded when the machine stops is loaded again.
            rows_.set_document(tenant, place.source, f"{ORIGIN_MARK}{place.origin}")
        counts = store_document(
            self.memory, tenant, document, self.now, f"{content}{ORIGIN_MARK}{place.origin}", self._govern
        )
        status: FileStatus = "added" if known is None else "changed"
        return FileOutcome(str(place.path), place.source, status, counts[0] + counts[1], attachments=found.attachments)

    def _govern(self, draft: Draft) -> Draft:
        """A piece as it may be kept: masked, and of the class that the rules choose."""
        text, value = self.memory.masker.mask(draft.tenant, (draft.text, dict(draft.value)))
        draft = replace(draft, text=text, value=value, retention=self.filing.retention)
        return apply_memory_rules(self.memory.stages, self.principal, draft, self.memory.retention, self.now)

    def _is_held(self, source: str) -> bool:
        """Whether any piece of it is still there: it may have been forgotten since."""
        query = select(func.count()).where(
            rows.c.tenant == self.principal.tenant,
            rows.c.author == self.principal.user_id,
            make_source_condition(source),
        )
        with begin_read(self.memory.rows.engine) as connection:
            return bool(connection.scalar(query))

    def _is_ours(self, known: str, origin: str) -> bool:
        """Whether what is known under a name came from the same place, or may be replaced all the same."""
        return self.filing.replace or known.partition(ORIGIN_MARK)[2] in ("", origin)

    def prune(self, folder: str, origin: str, present: set[str], unread: tuple[str, ...]) -> list[FileOutcome]:
        """Removes what came from a folder and is not in it any more; what lies where nobody could look stays."""
        start = folder if folder.endswith("/") else f"{folder}/"
        query = select(documents.c.source, documents.c.digest).where(
            documents.c.tenant == self.principal.tenant, func.substr(documents.c.source, 1, len(start)) == start
        )
        with begin_read(self.memory.rows.engine) as connection:
            found = connection.execute(query).all()
        known = sorted({row.source for row in found if self._is_ours(row.digest, origin)} - present)
        gone = [source for source in known if not source.startswith(unread)]
        for source in gone:
            mine = (
                rows.c.tenant == self.principal.tenant,
                rows.c.author == self.principal.user_id,
                make_source_condition(source),
            )
            self.memory.rows.delete(*mine, rows.c.retention != MUST_LOG)
            self.memory.rows.set_document(self.principal.tenant, source, None)
        empty_log(self.memory.rows.engine)
        return [FileOutcome("", source, "removed") for source in gone]


def _read_bytes(path: Path, limits: ReadLimits) -> bytes:
    """All of an ordinary file; what took its place since it was looked at, a link or a pipe, is not followed."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as stream:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise UnreadableFile("is no ordinary file")
        if about.st_size > limits.bytes:
            raise UnreadableFile(f"has {about.st_size / 1e6:,.1f} MB, at most {limits.bytes / 1e6:,.1f} MB are read")
        return stream.read(limits.bytes + 1)  # one byte more shows that it grew meanwhile
