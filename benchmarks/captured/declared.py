"""What the owner of a suite's tools declares of them, and what is assumed of tools nobody has declared.

Nothing here comes from a task: neither its prompt nor its correct calls. Of a suite without a declaration every result
is outsiders' text and every argument of a write is critical.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from countersign.policies.domain.proposal import Effect

FOLDER = Path(__file__).with_name("suites")
READS = ("get", "search", "read", "list", "check", "find")
EGRESS = ("url", "link", "uri")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of a suite's tools.

    Attributes:
        untrusted: by tool, dotted paths of the result that outsiders write.
        critical: by tool, the arguments that decide what is done to whom.
        words: by tool and argument, what people say for its fixed values.
        records: tools whose results are the house's own, but for what ``untrusted`` names of them.
        look_up: by tool, the read that a careful model makes before it uses an id of that tool.
        people: the read that finds people by a name.
    """

    untrusted: Mapping[str, Sequence[str]] = field(default_factory=dict)
    critical: Mapping[str, Sequence[str]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]] = field(default_factory=dict)
    records: Sequence[str] = ()
    look_up: Mapping[str, str] = field(default_factory=dict)
    people: str = ""

    @classmethod
    def of(cls, suite: str, declared: bool = True) -> "Declaration":
        """The declaration of a suite, empty when there is none."""
        path = FOLDER / f"{suite}.yaml"
        return cls(**yaml.safe_load(path.read_text())) if declared and path.exists() else cls()

    def untrusted_of(self, tool: str) -> tuple[str, ...]:
        """The result paths that outsiders write; all of it when nothing is declared."""
        return tuple(self.untrusted.get(tool, () if tool in self.records else ("result",)))

    def critical_of(self, tool: str, arguments: Sequence[str]) -> tuple[str, ...]:
        """The critical arguments; all of them when nothing is declared."""
        return tuple(self.critical.get(tool, arguments))


def effect_of(tool: str, arguments: Sequence[str]) -> Effect:
    """Reads are what their names begin with; one that fetches an address tells its owner something, and is none."""
    reads = tool.split("_")[0] in READS and not any(name in EGRESS for name in arguments)
    return Effect.READ if reads else Effect.WRITE


def pack_of(suite: str, reads: Sequence[str], writes: Sequence[str]) -> dict[str, Any]:
    """The suite's pack: reads and writes are allowed to the one user, writes within the rule no pack can switch off."""
    common = {"owner": "account_holder", "source": f"{suite}-handbook#roles"}
    rules = [
        common
        | {
            "id": f"{suite}.read",
            "description": "The assistant reads what its user can read.",
            "tools": list(reads),
            "when": "true",
            "effect": "allow",
            "reason": "The user may read this.",
        },
        common
        | {
            "id": f"{suite}.write",
            "description": "The assistant does what its user's words ordered; anything else is the user's to confirm.",
            "tools": list(writes),
            "when": "planned",
            "effect": "allow",
            "reason": "The user's words ordered this.",
        },
        common
        | {
            "id": f"{suite}.unplanned",
            "description": "What the user's words did not order waits for the user.",
            "tools": list(writes),
            "when": "!planned",
            "effect": "review",
            "reviewers": ["account_holder"],
            "reason": "The user's words did not order this.",
        },
    ]
    return {
        "pack": suite,
        "version": "1.0",
        "owner": "account_holder",
        "guardian": "account_holder",
        "description": f"What the {suite} assistant of one user may do.",
        "rules": [rule for rule in rules if rule["tools"]],
    }
