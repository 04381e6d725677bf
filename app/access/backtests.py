"""This module decides the recorded decisions of one organisation again under other packs."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...policies.domain.principal import Principal
from ...policies.errors import BadInput
from .data_folder import DataFolder
from .permissions import require_reader
from .rulebook import load_stored_rules

if TYPE_CHECKING:
    from ...policies.backtest.backtest import Backtest
    from ...policies.rules.policy_set import PolicySet

EXIT_LOOSER = 8
"""Exit code of ``policy backtest`` and ``diff`` when something would be possible that is not now."""


def load_other_packs(data_folder: DataFolder, paths: Sequence[Path]) -> "PolicySet":
    """The packs in force with those of these files in their place, or all packs of a folder.

    Raises:
        PolicyError: naming file, line and what to do.
    """
    from ...policies.rules.loader import load_over

    return load_over(load_stored_rules(data_folder), paths, tools=list(data_folder.content.policy_views))


def backtest_records(
    data_folder: DataFolder,
    reader: Principal,
    policy: "PolicySet",
    since: str,
    *,
    processes: int = 2,
    progress: Callable[[int], None] = lambda _done: None,
) -> "Backtest":
    """Backtests packs on what was recorded.

    Args:
        since: how far back, such as ``"30d"``; everything when empty.

    Raises:
        NotAllowed: the reader may not read the log of others.
        BadInput: the span cannot be read.
    """
    from ...policies.backtest.backtest import DECISION_KINDS, run_backtest
    from ...policies.rules.fields import read_deadline

    require_reader(reader, "decide again what others asked for")
    try:
        start = datetime.now(UTC) - read_deadline(since) if since else None
    except (ValueError, OverflowError) as error:
        raise BadInput(f"--since: {error}.") from error
    records = data_folder.audit.records(tenant=reader.tenant, kind=DECISION_KINDS, since=start)
    past = load_stored_rules(data_folder).histories
    return run_backtest(policy, records, past=past, processes=processes, progress=progress)
