"""What `policy check` finds: packs against the tools, the roles and the handbooks, and their own cases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...policies.lint.findings import Finding, Level
from ...policies.lint.lint import check_policy
from ...policies.rules.policy_set import PolicySet
from ...policies.testing.cases import CaseResult, run_cases
from .caller import Caller
from .open import DATABASE, open_office
from .rulebook import packs_at, tool_views


@dataclass(frozen=True, slots=True)
class Checked:
    """Packs, how their cases went, and what was found wrong with them."""

    policies: PolicySet
    results: Sequence[CaseResult]
    findings: Sequence[Finding]

    def failures(self, *, strict: bool) -> list[str]:
        """Why the check fails, a line each; empty when it does not."""
        bad = (Level.ERROR, Level.WARNING) if strict else (Level.ERROR,)
        lines = [f"{item.where}: {item.message}" for item in self.findings if item.level in bad]
        failed = [result for result in self.results if not result.passed]
        return lines + [f"{item.pack}: case {item.case.name!r}: {'; '.join(item.problems)}" for item in failed]

    def list_notes(self, *, strict: bool, notes: bool) -> list[Finding]:
        """What is listed beside the failures."""
        shown = {Level.WARNING} - ({Level.WARNING} if strict else set()) | ({Level.NOTE} if notes else set())
        return [item for item in self.findings if item.level in shown]

    @property
    def summary(self) -> Iterator[str]:
        """One line for each pack."""
        for pack in self.policies.packs:
            passed = sum(result.passed for result in self.results if result.pack == pack.pack)
            yield f"{pack.pack} {pack.version}: {len(pack.rules)} rules, {passed} of {len(pack.cases)} cases pass"
            if not pack.cases:
                yield f"{pack.pack} has no test cases; add some, so that a change cannot go wrong unseen."

    def record(self, *, strict: bool) -> dict[str, Any]:
        """The same for programs."""
        return {
            "revision": self.policies.revision,
            "sound": not self.failures(strict=strict),
            "packs": [
                {"pack": pack.pack, "version": pack.version, "rules": len(pack.rules), "cases": len(pack.cases)}
                for pack in self.policies.packs
            ],
            "findings": [item.record() for item in self.findings],
            "failed": [
                {"pack": result.pack, "case": result.case.name, "problems": list(result.problems)}
                for result in self.results
                if not result.passed
            ],
        }


def checked(caller: Caller, paths: Sequence[Path]) -> Checked:
    """Checks these packs, or those of the settings; roles are those of the data folder's people, where there is one.

    Raises:
        PolicyError: a pack cannot be loaded.
    """
    from ...tools.sample_company.handbook.reader import handbook_sections
    from ...tools.toolsets.record_shapes import tool_shapes

    policies = packs_at(tuple(paths) or caller.settings().packs)
    findings = check_policy(
        policies,
        tool_shapes(),
        roles=_roles(caller),
        handbook=[section.id for section in handbook_sections()],
        whole=not paths or any(path.is_dir() for path in paths),
    )
    return Checked(policies, run_cases(policies, tool_views()), findings)


def _roles(caller: Caller) -> frozenset[str]:
    settings = caller.settings()
    if not settings.database_url and not (settings.home.absolute() / DATABASE).is_file():
        return frozenset()
    with open_office(caller) as office:
        return frozenset(role for person in office.directory.everyone() for role in person.roles)
