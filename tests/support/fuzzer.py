"""Coverage-guided fuzzing with atheris: ``python tests/support/fuzzer.py packs|conditions|canonical [options]``.

Each target takes bytes and must answer in the project's own errors; a decision must not allow what no rule allows. The
same properties are in the tests with hypothesis; this looks deeper and longer. The options are libFuzzer's. When
something else happens, the exit code is not 0 and the input is kept in a file.
"""

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["countersign.policies"]):
    from countersign.policies.domain.canonical import canonicalize
    from countersign.policies.domain.decision import Verdict
    from countersign.policies.domain.principal import Principal
    from countersign.policies.domain.proposal import Proposal
    from countersign.policies.engine.engine import decide
    from countersign.policies.errors import CountersignError, PolicyError
    from countersign.policies.rules.evidence import Facts
    from countersign.policies.rules.expressions import (
        EvaluationError,
        ExpressionError,
        compile_expression,
        make_context,
    )
    from countersign.policies.rules.loader import DEFAULT_PACKS, load_packs

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
MARA = Principal("mara", "acme", frozenset({"clerk", "employee"}))
SPEC = {"name": "pay.out", "version": "1", "effect": "write", "owner": "till", "critical": []}
FOLDER = Path(tempfile.mkdtemp(prefix="countersign-fuzz-"))


def packs(data: bytes) -> None:
    """A file as it came."""
    file = FOLDER / "pack.yaml"
    file.write_bytes(data)
    try:
        policy = load_packs([file])
    except PolicyError:
        return
    proposal = Proposal("pay.out", "1", '{"amount": 5}', "a", "mara", "acme", "t", "r", policy.revision)
    verdict = decide(policy, proposal, Facts(MARA, SPEC, {}, NOW)).verdict
    if verdict is Verdict.ALLOW and b"allow" not in data:
        raise RuntimeError("something was allowed, and nobody wrote allow")


def conditions(data: bytes) -> None:
    """A condition, and evidence for it."""
    given = atheris.FuzzedDataProvider(data)
    source = given.ConsumeUnicodeNoSurrogates(120)
    try:
        evidence = json.loads(given.ConsumeUnicodeNoSurrogates(200) or "{}")
        found = compile_expression(source)
        context = make_context(dict.fromkeys(found.variables, evidence), found.functions)
        found.holds(context)
    except (ExpressionError, EvaluationError, CountersignError, ValueError, RecursionError):
        return


def canonical_form(data: bytes) -> None:
    """JSON, which must have one spelling."""
    try:
        value = json.loads(data)
        form = canonicalize(value)
    except (CountersignError, ValueError, RecursionError):
        return
    if canonicalize(json.loads(form)) != form:
        raise RuntimeError("the form of the form is another one")


TARGETS = {"packs": packs, "conditions": conditions, "canonical": canonical_form}


def main() -> None:
    """The command; see the module's text."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"Name what to fuzz: {', '.join(TARGETS)}.")
    name = sys.argv[1]
    corpus = FOLDER / "corpus"
    corpus.mkdir()
    if name == "packs":
        for file in DEFAULT_PACKS.glob("*.yaml"):
            (corpus / file.name).write_bytes(file.read_bytes()[:4000])
    atheris.Setup([sys.argv[0], str(corpus), f"-artifact_prefix={FOLDER}/", *sys.argv[2:]], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
