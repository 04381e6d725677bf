"""Who reads which records of the log: auditors those of their organisation, others those of their own conversations."""

import ast
from pathlib import Path

import pytest
from countersign.policies.audit.log import AuditEvent, AuditLog
from countersign.policies.audit.readers import RECORD_KINDS, list_records, list_run_records, may_read
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput, NotAllowed
from sqlalchemy import Engine

ROOT = Path(__file__).resolve().parents[3]
MARA = Principal("mara", "acme")
OLGA = Principal("olga", "acme", frozenset({"auditor"}))
STRANGER = Principal("mara", "acme-north", frozenset({"auditor"}))
"""An auditor of another organisation, whose name begins like the first one's."""


@pytest.fixture
def audit(engine: Engine) -> AuditLog:
    """Runs of two people, one of which somebody else answered, and one of another organisation."""
    log = AuditLog(engine)
    log.append(
        AuditEvent("message", "mara", "acme", "acme/mara/default", "run-1"),
        AuditEvent("decision", "agent:support", "acme", "acme/mara/default", "run-1"),
        AuditEvent("message", "maria", "acme", "acme/maria/default", "run-2"),
        AuditEvent("review.answered", "tom", "acme", "acme/mara/default", "run-1"),
        AuditEvent("message", "mara", "acme-north", "acme-north/mara/default", "run-3"),
        AuditEvent("own.kind", "mara", "acme", "acme/mara/default", "run-4"),
        AuditEvent("learn.run", "olga", "acme"),
    )
    return log


def kinds(audit: AuditLog, run: str, reader: Principal | None = None, *wanted: str) -> list[str]:
    return [record.kind for record in list_run_records(audit, run, wanted or None, reader)]


def test_a_run_is_read_in_order_and_by_kind(audit: AuditLog) -> None:
    """A program that reads what a turn did must see it as it happened, and only what it asked for."""
    whole = ["message", "decision", "review.answered"]
    assert kinds(audit, "run-1") == kinds(audit, "run-1", MARA) == kinds(audit, "run-1", OLGA) == whole
    assert kinds(audit, "run-1", None, "review.answered", "message") == ["message", "review.answered"]
    assert kinds(audit, "run-1", MARA, "effect.started") == [], "a kind that did not happen in this run is no error"
    assert list_run_records(audit, "run-1", "decision") == list_run_records(audit, "run-1", ("decision",))
    assert kinds(audit, "run-3") == ["message"], "the owner of the folder reads every organisation's"


def test_somebody_elses_run_is_refused(audit: AuditLog) -> None:
    """Neither a namesake nor somebody whose name begins alike is the same person."""
    with pytest.raises(NotAllowed, match="somebody else's"):
        kinds(audit, "run-2", MARA)
    with pytest.raises(NotAllowed, match="somebody else's"):
        kinds(audit, "run-2", MARA, "decision")
    assert kinds(audit, "run-2", OLGA) == ["message"]


@pytest.mark.parametrize("reader", [MARA, OLGA])
def test_another_organisations_run_is_not_even_known(audit: AuditLog, reader: Principal) -> None:
    """A refusal would tell that there is one."""
    with pytest.raises(BadInput, match="There is no run 'run-3'"):
        kinds(audit, "run-3", reader)
    with pytest.raises(BadInput, match="There is no run 'run-1'"):
        kinds(audit, "run-1", STRANGER)
    assert not may_read(STRANGER, next(audit.records(run="run-1")))
    assert [record.run for record in list_records(audit, STRANGER)] == ["run-3"]


@pytest.mark.parametrize("run", ["run-9", "", "run-1 "])
def test_no_run_of_this_name(audit: AuditLog, run: str) -> None:
    """Nothing at all would look like a turn that did nothing; records without a run are no run's."""
    for reader in (None, MARA, OLGA):
        with pytest.raises(BadInput, match="There is no run"):
            kinds(audit, run, reader)


def test_no_such_kind(audit: AuditLog) -> None:
    """A misspelt kind would look like nothing decided; those of one's own nodes are known once they happen."""
    with pytest.raises(BadInput, match=r"of the kind 'decisions'. Did you mean 'decision'\?"):
        kinds(audit, "run-1", None, "message", "decisions")
    assert kinds(audit, "run-4", None, "own.kind") == ["own.kind"]
    with pytest.raises(BadInput, match=r"own\.kind"):
        kinds(audit, "run-3", STRANGER, "own.kind")


def test_every_kind_that_is_written_is_known() -> None:
    """A kind that is missing from the list could not be asked for until it happened once."""
    places = {"AuditEvent": 0, "make_call_event": 0, "DeadlineStep": 0, "add": 1, "_note": 3, "log": 0}
    found = set()
    for room in ("policies", "memory", "tools", "agents", "graphs", "app"):
        for file in (ROOT / room).rglob("*.py"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            constants = {name: value for node in tree.body for name, value in _constants(node)}
            logs = "audit" in file.read_text(encoding="utf-8") or file.parent.name in ("ledger", "review")
            for node in ast.walk(tree) if logs else ():
                if isinstance(node, ast.Call) and (place := places.get(_name(node.func))) is not None:
                    arg = node.args[place] if len(node.args) > place else None
                    value = constants.get(arg.id) if isinstance(arg, ast.Name) else getattr(arg, "value", None)
                    if isinstance(value, str) and value.replace(".", "").replace("_", "").isalpha() and value.islower():
                        found.add(value)
    assert {"message", "policy", "learn.examples", "review.reminded", "model.answer", "memory.ingested"} <= found
    assert found <= RECORD_KINDS, found - RECORD_KINDS


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def _constants(node: ast.stmt) -> list[tuple[str, object]]:
    """The names and values that a statement gives, also several at once."""
    if not isinstance(node, ast.Assign):
        return []
    (target,), value = node.targets, node.value
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    values = value.elts if isinstance(value, ast.Tuple) and isinstance(target, ast.Tuple) else [value]
    return [
        (name.id, value.value)
        for name, value in zip(names, values, strict=False)
        if isinstance(name, ast.Name) and isinstance(value, ast.Constant)
    ]
