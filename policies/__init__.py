"""Pure governance: who asks, what the written rules say, who signed, and the proof of it. No framework and no model.

Everything above builds on this room, and it imports none of them. The packages, from the ground up:

- ``domain/``: the glossary as frozen values, such as principal, proposal and decision, and their canonical form.
- ``storage/``: opens SQLite or PostgreSQL, with transactions that several processes may share, and migrates the schema.
- ``crypto/``: signs, checks signatures, and keeps private keys in a folder.
- ``filters/``: masks personal and secret values, and checks replies before they go out.
- ``rules/``: the rule language of packs, its loader, and the compiled policy set.
- ``audit/``: the append-only hash chain, its signed heads, and the seals of rows that change.
- ``review/``: what waits for people, who may answer it, and their countersignatures.
- ``limits/``: rate limits and budgets, counted at run time over all processes.
- ``engine/``: decides a proposal, and explains the decision.
- ``receipts/``: proof of one review in a file that can be checked offline.
- ``governance/``: log, reviews and keys of one installation put together, and which packs are in force.
- ``testing/``: runs the test cases of packs, and measures what they cover.
- ``lint/``: checks packs without running them.
- ``backtest/``: compares packs, and decides recorded decisions again under others.
- ``packs/``: the packs that ship, as YAML.

``errors`` is the one error family; ``lazy_exports`` makes the face of a package.
"""

from typing import TYPE_CHECKING

from .lazy_exports import export_lazily

if TYPE_CHECKING:
    from .errors import BadInput as BadInput
    from .errors import CountersignError as CountersignError
    from .errors import NotAllowed as NotAllowed
    from .errors import PolicyError as PolicyError
    from .errors import StorageError as StorageError
    from .errors import Tampered as Tampered
    from .errors import Unavailable as Unavailable
    from .lazy_exports import export_lazily as export_lazily

__getattr__ = export_lazily(
    __name__,
    {
        "errors": "BadInput CountersignError NotAllowed PolicyError StorageError Tampered Unavailable",
        "lazy_exports": "export_lazily",
    },
)
