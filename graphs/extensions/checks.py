"""Before anything starts, the rules of extensions are checked, and the log says what was loaded.

The checks of packs take a second, so they are made once: the log says which extensions and packs passed them.
"""

from collections.abc import Iterator
from typing import Any

from ...memory.ingest.handbooks import list_handbook_sections
from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.lint.findings import FindingLevel
from ...policies.lint.lint import check_policy
from ...policies.rules.policy_set import PolicySet
from ...policies.testing.cases import run_cases
from ...tools.schemas import tool_shapes
from .content import Content
from .discovery import get_version
from .extension import ExtensionError

LOADED = "extensions"
"""The kind of the record that says which extensions were loaded."""
MOST_SAID = 5


def refuse_tools_without_rules(content: Content, policy: PolicySet) -> None:
    """A tool that no rule speaks of is denied to everybody, which its owner surely did not mean.

    Tools that came with Countersign are left out: an organisation may rule on some of them alone.

    Raises:
        ExtensionError: an extension brings such a tool.
    """
    for loaded in content.extensions:
        for spec in () if loaded.shipped else loaded.extension.tools:
            if not policy.rules_about(spec.name):
                raise ExtensionError(
                    f"The extension {loaded.extension.name} brings the tool {spec.name}, but no rule speaks of it in "
                    f"the packs {', '.join(pack.pack for pack in policy.packs)}; add a rule to a pack of the "
                    "extension, or, where COUNTERSIGN_PACKS names the packs, name that of the extension too."
                )


def record_extensions(content: Content, policy: PolicySet, audit: AuditLog, tenant: str) -> None:
    """Writes down what was loaded, when it differs from what was loaded last; extensions' packs are checked first.

    Raises:
        ExtensionError: the packs are not sound with these extensions.
    """
    body = _describe(content, policy)
    last = audit.find_last(LOADED, tenant=tenant)
    if last is not None and dict(last.data) == body:
        return
    if not all(loaded.shipped for loaded in content.extensions):
        check_extension_packs(content, policy)
    audit.append(AuditEvent(LOADED, "system", tenant, body=body))


def check_extension_packs(content: Content, policy: PolicySet) -> None:
    """Holds the packs against tools and handbooks, and runs all their cases: an extension may break those of others.

    Raises:
        ExtensionError: something is wrong with them; the first few problems are named.
    """
    problems = list(_find_pack_problems(content, policy))
    if problems:
        more = len(problems) - MOST_SAID
        told = [*problems[:MOST_SAID], *([f"and {more} more"] if more > 0 else [])]
        raise ExtensionError(
            f"The packs are not sound with the extensions {_list_names(content)}: {'; '.join(told)}. "
            "Run `countersign policy check` for all of it; nothing starts on rules that fail their own cases."
        )


def _find_pack_problems(content: Content, policy: PolicySet) -> Iterator[str]:
    sections = [section.id for section in list_handbook_sections(content.handbooks)]
    for finding in check_policy(policy, tool_shapes(content.tools), handbook=sections):
        if finding.level is FindingLevel.ERROR:
            yield f"{finding.where}: {finding.message}"
    for result in run_cases(policy, content.policy_views):
        if not result.passed:
            yield f"pack {result.pack}, case {result.case.name!r}: {'; '.join(result.problems)}"


def _describe(content: Content, policy: PolicySet) -> dict[str, Any]:
    loaded = [item.record() for item in content.extensions]
    return {"extensions": loaded, "countersign": get_version(), "rules": policy.revision}


def _list_names(content: Content) -> str:
    return ", ".join(item.extension.name for item in content.extensions)
