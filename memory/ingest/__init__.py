"""Ingestion brings the files of people and companies into memory.

`pipeline` leads through it: `sources` finds the files, `sandbox` reads each in a process of its own, and `formats`
chooses the reader, one module for each (`text`, `pdf`, `docx`, `html`, `email`; `extraction` is what they give).
`chunking` cuts documents along their structure, and `documents` stores them; `handbooks` reads written rules. Files
that cannot be read are named, never skipped in silence.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .documents import MemoryDocument as MemoryDocument
    from .documents import embed_pending as embed_pending
    from .documents import load_documents as load_documents
    from .extraction import ReadLimits as ReadLimits
    from .extraction import UnreadableFile as UnreadableFile
    from .formats import HTML_ENDINGS as HTML_ENDINGS
    from .handbooks import list_handbook_sections as list_handbook_sections
    from .handbooks import read_handbook as read_handbook
    from .pipeline import FileOutcome as FileOutcome
    from .pipeline import IngestOptions as IngestOptions
    from .pipeline import ingest_files as ingest_files
    from .sandbox import SandboxReader as SandboxReader
    from .sources import check_own_source as check_own_source
    from .sources import make_own_prefix as make_own_prefix
    from .text import decode_text as decode_text

__getattr__ = export_lazily(
    __name__,
    {
        "documents": "embed_pending load_documents MemoryDocument",
        "extraction": "ReadLimits UnreadableFile",
        "formats": "HTML_ENDINGS",
        "handbooks": "list_handbook_sections read_handbook",
        "pipeline": "FileOutcome ingest_files IngestOptions",
        "sandbox": "SandboxReader",
        "sources": "check_own_source make_own_prefix",
        "text": "decode_text",
    },
)
