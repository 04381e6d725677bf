"""A simulation puts a hypothetical call to policy, on the company's real records."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...policies.audit.readers import make_thread_prefix
from ...policies.domain.principal import Principal
from ...policies.errors import BadInput
from .data_folder import DataFolder
from .permissions import require_reader
from .rulebook import load_stored_rules

if TYPE_CHECKING:
    from ...policies.filters.masker import Masker
    from ...policies.rules.policy_set import PolicySet
    from ...tools.registry.registry import Registry
    from ...tools.registry.simulation import Simulation
    from ...tools.spec import MemoryReader


def simulate_for_reader(
    data_folder: DataFolder,
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
    from ...tools.registry.simulation import parse_argument_words, simulate_call

    # Packs of one's own could put any field of any record into a reason.
    if detailed or policy is not None or (user and user != reader.user_id):
        require_reader(reader, "simulate the calls of others or other packs, or see what the rules look at")
    principal = data_folder.directory.get(user) if user else reader
    if principal is None or principal.tenant != reader.tenant:
        raise BadInput(f"Nobody with the id {user!r} is in the directory. `countersign users` lists everybody.")
    packs = policy or load_stored_rules(data_folder)
    masker = make_transient_masker(data_folder, packs)
    registry = make_deciding_registry(data_folder, packs, masker)
    spec = registry.specs.get(tool)
    args = masker.mask(reader.tenant, parse_argument_words(spec.arguments, words)) if spec else {}
    sources: Mapping[str, str] = dict.fromkeys(untrusted, str(Provenance.UNTRUSTED))
    if unknown := sorted(set(sources) - set(args)):
        raise BadInput(f"--untrusted {unknown[0]}: there is no such argument in the call.")
    return simulate_call(
        registry,
        packs,
        principal,
        tool,
        args,
        agent=agent,
        tainted=tainted or bool(sources),
        planned=planned,
        provenance=sources,
        thread=make_thread_prefix(principal) + "simulation",
        records=masker.mask(reader.tenant, _read_records(records)) if records else None,
    )


def _read_records(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"), parse_float=str)
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{path} cannot be read as JSON ({error}).") from error
    if not isinstance(found, dict) or any(not isinstance(record, dict) for record in found.values()):
        raise BadInput(f'{path} holds no records. Write {{"order": {{"status": "delivered"}}}}.')
    return found


def make_deciding_registry(data_folder: DataFolder, policy: "PolicySet", masker: "Masker") -> "Registry":
    """A registry that decides; it has no memory, which no tool asks for facts."""
    from ...memory.governance.attachments import AttachmentStore
    from ...tools.ledger.ledger import Ledger
    from ...tools.registry.registry import Registry
    from ...tools.scoring.score_versions import ScoreVersions
    from ...tools.scoring.scorer import Scorer
    from ...tools.spec import DocumentReader, ToolServices

    tasks = data_folder.content.learning_tasks
    services = ToolServices(
        records=data_folder.records,
        memory=cast("MemoryReader", None),
        documents=DocumentReader(AttachmentStore(data_folder.engine)),
        directory=data_folder.directory,
    )
    return Registry(
        data_folder.content.tools,
        policy=lambda: policy,
        services=services,
        ledger=Ledger(data_folder.engine, data_folder.audit),
        reviews=data_folder.reviews,
        audit=data_folder.audit,
        masker=masker,
        scoring=Scorer(ScoreVersions(data_folder.engine, data_folder.audit, tasks), tasks),
    )


def make_transient_masker(data_folder: DataFolder, policy: "PolicySet") -> "Masker":
    """Masks as these packs say, with the installation's tokens, and keeps nothing."""
    from ...policies.crypto.private_keys import open_key_folder
    from ...policies.filters.masker import Masker
    from ...policies.filters.vault import VAULT_SECRET, EphemeralVault

    home = data_folder.settings.home.absolute()
    vault = EphemeralVault(data_folder.engine, lambda: open_key_folder(home).secret(VAULT_SECRET))
    return Masker(vault, lambda: policy.masking)
