"""A pack check holds packs against the tools, the roles and the handbooks, and runs their own cases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...graphs.extensions.pilot import list_pilot_extensions
from ...policies.lint.findings import FindingLevel, PackFinding
from ...policies.lint.lint import check_policy
from ...policies.rules.policy_set import PolicySet
from ...policies.testing.cases import CaseResult, run_cases
from .caller import Caller
from .data_folder import DATABASE, open_data_folder
from .rulebook import load_packs_at


@dataclass(frozen=True, slots=True)
class PackCheck:
    """Packs, how their cases went, and what was found wrong with them."""

    policies: PolicySet
    results: Sequence[CaseResult]
    findings: Sequence[PackFinding]

    def failures(self, *, strict: bool) -> list[str]:
        """Why the check fails, a line each; empty when it does not."""
        bad = (FindingLevel.ERROR, FindingLevel.WARNING) if strict else (FindingLevel.ERROR,)
        lines = [f"{item.where}: {item.message}" for item in self.findings if item.level in bad]
        failed = [result for result in self.results if not result.passed]
        return lines + [f"{item.pack}: case {item.case.name!r}: {'; '.join(item.problems)}" for item in failed]

    def list_notes(self, *, strict: bool, notes: bool) -> list[PackFinding]:
        """What is listed beside the failures."""
        shown = {FindingLevel.WARNING} - ({FindingLevel.WARNING} if strict else set()) | (
            {FindingLevel.NOTE} if notes else set()
        )
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
        """The check as plain JSON data, for programs."""
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


def check_packs(caller: Caller, paths: Sequence[Path]) -> PackCheck:
    """Checks these packs, or those of the settings; roles are those of the data folder's people, where there is one.

    In a pilot, roles are not checked: most of its people are yet to come.

    Raises:
        PolicyError: a pack cannot be loaded.
    """
    from ...memory.ingest.handbooks import list_handbook_sections
    from ...tools.schemas import tool_shapes

    content = caller.load_content()
    policies = load_packs_at(tuple(paths) or caller.settings().packs, content)
    findings = check_policy(
        policies,
        tool_shapes(content.tools),
        roles=_roles(caller),
        handbook=[section.id for section in list_handbook_sections(content.handbooks)],
        whole=not paths or any(path.is_dir() for path in paths),
    )
    return PackCheck(policies, run_cases(policies, content.policy_views), findings)


def _roles(caller: Caller) -> frozenset[str]:
    """The roles that somebody has; none where nobody knows them, or where their people are yet to come."""
    settings = caller.settings()
    if list_pilot_extensions(settings.home):
        return frozenset()
    if not settings.database_url and not (settings.home.absolute() / DATABASE).is_file():
        return frozenset()
    with open_data_folder(caller) as data_folder:
        return frozenset(role for person in data_folder.directory.everyone() for role in person.roles)
