"""The audit log is given to readers in one line for each record, as plain data, and as JSON Lines."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from ...policies.audit.log import AuditLog, AuditRecord
from ...policies.domain.principal import Principal
from ...policies.errors import BadInput
from ..terminal.unicode_safety import escape_json

_TELLING_FIELDS = (
    "tool",
    "verdict",
    "state",
    "type",
    "review_id",
    "playbook",
    "way",
    "status",
    "reasons",
    "message",
    "text",
)
_LONGEST = 110


def serialize_record(record: AuditRecord) -> dict[str, Any]:
    """The record as plain JSON data, its body included."""
    return asdict(record) | {"body": record.data}


def describe_record(record: AuditRecord) -> str:
    """What a record says, in one line."""
    body = record.data
    parts = []
    for name in _TELLING_FIELDS:
        value = body.get(name)
        if value:
            shown = " ".join(map(str, value)) if isinstance(value, list) else str(value)
            parts.append(" ".join(shown.split()))
    line = " · ".join(parts) or ", ".join(sorted(body))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def export_lines(audit: AuditLog, reader: Principal) -> Iterator[str]:
    """Every record of the reader's tenant as one JSON line, bodies as the exact text that was hashed."""
    for record in audit.records(tenant=reader.tenant):
        yield escape_json(json.dumps(asdict(record), ensure_ascii=False, sort_keys=True)) + "\n"


def write_lines(target: Path, lines: Iterable[str]) -> int:
    """Writes lines to a new file that only its owner may read; returns how many.

    Raises:
        BadInput: the file exists already or cannot be made.
    """
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadInput(
            f"{target} cannot be made: {error.strerror}. Name a new file in a folder that exists."
        ) from error
    with open(descriptor, "w", encoding="utf-8") as stream:
        return copy_lines(stream, lines)


def copy_lines(stream: TextIO, lines: Iterable[str]) -> int:
    """Writes lines to a stream; returns how many."""
    return sum(1 for line in lines if stream.write(line))
