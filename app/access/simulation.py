"""A hypothetical call on the company's real records."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...policies.domain.principal import Principal
from ...policies.errors import BadInput
from .open import Office
from .permissions import own_threads, require_reader
from .rulebook import rules_kept

if TYPE_CHECKING:
    from ...memory.memory import Memory
    from ...policies.filters.masker import Veil
    from ...policies.rules.policy_set import PolicySet
    from ...tools.registry.registry import Registry
    from ...tools.registry.simulation import Simulation


def simulation(
    office: Office,
    reader: Principal,
    tool: str,
    words: Iterable[str],
    *,
    user: str = "",
    agent: str = "",
    tainted: bool = False,
    planned: bool = True,
    untrusted: Iterable[str] = (),
    detailed: bool = False,
    policy: "PolicySet | None" = None,
    records: Path | None = None,
) -> "Simulation":
    """What policy would say of a call, without running or recording anything.

    Args:
        words: the arguments as ``key=value``.
        user: whose call it is; the reader's own when empty.
        untrusted: arguments that would come from untrusted text.
        detailed: whether the reader wants to see what the rules looked at.
        policy: other packs than those in force.
        records: a JSON file with records by name, in place of the real ones.

    Raises:
        NotAllowed: others' calls, other packs, and what rules look at, are for those who may read the log.
        BadInput: there is no such tool, person or argument.
    """
    from ...policies.domain.proposal import Provenance
    from ...tools.registry.simulation import read_arguments, simulate

    # Packs of one's own could put any field of any record into a reason.
    if detailed or policy is not None or (user and user != reader.user_id):
        require_reader(reader, "simulate the calls of others or other packs, or see what the rules look at")
    principal = office.directory.get(user) if user else reader
    if principal is None or principal.tenant != reader.tenant:
        raise BadInput(f"Nobody with the id {user!r} is in the directory. `countersign users` lists everybody.")
    packs = policy or rules_kept(office)
    veil = veil_of(office, packs)
    registry = registry_of(office, packs, veil)
    spec = registry.specs.get(tool)
    args = veil.mask(reader.tenant, read_arguments(spec.arguments, words)) if spec else {}
    sources: Mapping[str, str] = dict.fromkeys(untrusted, str(Provenance.UNTRUSTED))
    if unknown := sorted(set(sources) - set(args)):
        raise BadInput(f"--untrusted {unknown[0]}: there is no such argument in the call.")
    return simulate(
        registry,
        packs,
        principal,
        tool,
        args,
        agent=agent,
        tainted=tainted or bool(sources),
        planned=planned,
        provenance=sources,
        thread=own_threads(principal) + "simulation",
        records=veil.mask(reader.tenant, _records_in(records)) if records else None,
    )


def _records_in(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"), parse_float=str)
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{path} cannot be read as JSON ({error}).") from error
    if not isinstance(found, dict) or any(not isinstance(record, dict) for record in found.values()):
        raise BadInput(f'{path} holds no records. Write {{"order": {{"status": "delivered"}}}}.')
    return found


def registry_of(office: Office, policy: "PolicySet", veil: "Veil") -> "Registry":
    """A registry that decides; it has no memory, which no tool asks for facts."""
    from ...memory.governance.attachments import Documents
    from ...tools.ledger.ledger import Ledger
    from ...tools.registry.registry import Registry
    from ...tools.scoring.score_versions import Standings
    from ...tools.scoring.scorer import Scorer
    from ...tools.spec import Services
    from ...tools.toolsets import ALL

    services = Services(
        records=office.records,
        memory=cast("Memory", None),
        documents=Documents(office.engine),
        directory=office.directory,
    )
    return Registry(
        ALL,
        policy=lambda: policy,
        services=services,
        ledger=Ledger(office.engine, office.audit),
        reviews=office.reviews,
        audit=office.audit,
        veil=veil,
        scoring=Scorer(Standings(office.engine, office.audit)),
    )


def veil_of(office: Office, policy: "PolicySet") -> "Veil":
    """Masks as these packs say, with the installation's tokens, and keeps nothing."""
    from ...policies.crypto.private_keys import key_folder
    from ...policies.filters.masker import Veil
    from ...policies.filters.vault import SECRET, PassingVault

    home = office.settings.home.absolute()
    vault = PassingVault(office.engine, lambda: key_folder(home).secret(SECRET))
    return Veil(vault, lambda: policy.masking)
