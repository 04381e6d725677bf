"""Context accounts tell what a model was given for each reply, and what was left out and why, from the audit log."""

from collections.abc import Mapping
from typing import Any

from ...policies.audit.log import AuditLog

ContextAccount = Mapping[str, Any]
"""One request to a model: ``model``, ``tokens``, ``budget``, ``included`` and ``left_out``, both lists of entries with
``kind``, ``id``, ``source``, ``provenance``, ``tokens``, ``how`` and ``why``; ``counted``, the tokens of messages and
tools by the model's own count, and ``measure``, by which the budget was reckoned (see
:mod:`...agents.models.tokens`)."""


def read_accounts(audit: AuditLog, tenant: str, thread: str) -> dict[str, tuple[ContextAccount, ...]]:
    """The accounts of a conversation's requests by run, in their order; runs in which no model was asked have none."""
    found: dict[str, tuple[ContextAccount, ...]] = {}
    for record in audit.records(tenant=tenant, thread=thread, kind="model.answer"):
        body = record.data
        account = {"model": body["model"], **body["context"], "measure": body.get("measure")}
        account["counted"] = body["tokens"]["input"] if body["tokens"].get("counted") else None
        account.pop("fence", None)
        found[record.run] = (*found.get(record.run, ()), account)
    return found


def find_last_measures(audit: AuditLog, tenant: str) -> Mapping[str, Any] | None:
    """How models counted tokens by the newest answer in the log."""
    newest = audit.find_last("model.answer", tenant=tenant)
    return newest.data.get("measures") if newest else None


def format_account(account: ContextAccount) -> list[str]:
    """An account in lines: what was given, then what was not."""
    lines = [f"Given to {account['model']}: {account['tokens']} of {account['budget']} tokens{_format_count(account)}"]
    for mark, entries in (("+", account["included"]), ("-", account["left_out"])):
        for entry in entries:
            names = dict.fromkeys((entry["kind"], entry["id"], entry["source"]))
            size = f"{entry['tokens']} tokens" if entry["tokens"] else ""
            how = "" if entry["how"] == "whole" else entry["how"]
            why = f"{how}: {entry['why']}" if how and entry["why"] else how
            details = ", ".join(part for part in (entry["provenance"], size, why) if part)
            lines.append(f"  {mark} {' '.join(name for name in names if name)} ({details})")
    return lines


def _format_count(account: ContextAccount) -> str:
    measure = account.get("measure")
    if not measure:
        return ""
    own = f"; with tools {measure['estimated']}"
    if account.get("counted") is not None:
        own += f", by its own count {account['counted']}"
    known = f" (reckoned at {measure['per_mille'] / 10:g} % of the estimate, from {measure['answers']} answers)"
    return own + (known if measure["answers"] else "")
