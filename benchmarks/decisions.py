"""Decisions a second with 1, 100 and 1,000 rules, beside Cedar and plain Python, in one run.

Run `python benchmarks/decisions.py [--seconds S] [--json]`. The same rules three times: each is about one tool and says
from which amount on a clerk may not pay. Countersign's decision is the whole one: digest, evidence, rules, reasons,
obligations. Cedar's policies are parsed once. Exit code 1 when a decision with 1,000 rules takes more than twice
one with a single rule.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import cedarpy
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.engine.engine import decide
from countersign.policies.rules.evidence import Facts
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import assemble_policy_set
from countersign.policies.rules.rule import Rule, RuleEffect

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
COUNTS = (1, 100, 1000)
MOST = 2.0
LIMIT = 10_000
WHO = Principal("mara", "acme", frozenset({"clerk"}))


def ours(count: int) -> Callable[[int], bool]:
    """Countersign with so many rules."""
    rules = tuple(
        Rule(
            id=f"till.rule-{number}",
            description="One rule.",
            owner="boss",
            source="book#1",
            tools=(f"pay.tool{number}",),
            roles=("clerk",),
            when=f"args.amount_minor <= {LIMIT}",
            effect=RuleEffect.ALLOW,
            reason="Within {args.amount_minor:money}.",
        )
        for number in range(count)
    )
    policy = assemble_policy_set([Pack(pack="till", version="1", owner="boss", description="A pack.", rules=rules)])
    facts = [
        Facts(WHO, {"name": f"pay.tool{number}", "version": "1", "effect": "write", "critical": []}, {}, NOW)
        for number in range(count)
    ]

    def ask(number: int) -> bool:
        tool = f"pay.tool{number % count}"
        arguments = canonicalize({"amount_minor": number % (2 * LIMIT)})
        proposal = Proposal(tool, "1", arguments, "a", "mara", "acme", "t", f"r{number}", policy.revision, planned=True)
        return str(decide(policy, proposal, facts[number % count]).verdict) == "allow"

    return ask


def cedar(count: int) -> Callable[[int], bool]:
    """Cedar with so many policies."""
    written = "\n".join(
        f'permit(principal, action == Action::"tool{number}", resource) '
        f'when {{ context.role == "clerk" && context.amount <= {LIMIT} }};'
        for number in range(count)
    )

    policies = cedarpy.PolicySet.from_str(written)

    def ask(number: int) -> bool:
        request = {
            "principal": 'User::"mara"',
            "action": f'Action::"tool{number % count}"',
            "resource": 'Till::"main"',
            "context": {"role": "clerk", "amount": number % (2 * LIMIT)},
        }
        return cedarpy.is_authorized(request, policies, []).allowed

    return ask


def plain(count: int) -> Callable[[int], bool]:
    """A list of Python functions, asked one after the other."""

    def rule(number: int) -> Callable[[str, str, int], bool]:
        return lambda tool, role, amount: tool == f"tool{number}" and role == "clerk" and amount <= LIMIT

    rules = [rule(number) for number in range(count)]

    def ask(number: int) -> bool:
        tool, amount = f"tool{number % count}", number % (2 * LIMIT)
        return any(found(tool, "clerk", amount) for found in rules)

    return ask


ENGINES: dict[str, Callable[[int], Callable[[int], bool]]] = {"countersign": ours, "cedarpy": cedar, "python": plain}


def microseconds(ask: Callable[[int], bool], seconds: float) -> float:
    """For one decision, over calls that are allowed and calls that are not."""
    for number in range(3):
        wanted = number % (2 * LIMIT) <= LIMIT
        if ask(number) is not wanted:
            raise SystemExit("The engines do not agree; there is nothing to compare.")
    if ask(LIMIT + 1):
        raise SystemExit("The engines do not agree; there is nothing to compare.")
    done, started = 0, time.perf_counter()
    while (took := time.perf_counter() - started) < seconds:
        for number in range(done, done + 10):
            ask(number)
        done += 10
    return took / done * 1e6


def measure(seconds: float) -> dict[str, dict[int, float]]:
    """Microseconds by engine and number of rules; the best of three turns each, taken in turns."""
    asked = {(name, count): make(count) for name, make in ENGINES.items() for count in COUNTS}
    found: dict[str, dict[int, float]] = {name: {} for name in ENGINES}
    for _ in range(3):
        for (name, count), ask in asked.items():
            took = microseconds(ask, seconds)
            found[name][count] = min(took, found[name].get(count, took))
    return found


def main(arguments: list[str] | None = None) -> int:
    """The command; see the module's text."""
    parser = argparse.ArgumentParser(description="Decisions a second, beside Cedar and plain Python.")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each measurement")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found = measure(options.seconds)
    growth = found["countersign"][COUNTS[-1]] / found["countersign"][COUNTS[0]]
    if options.json:
        print(json.dumps({"microseconds": found, "growth": round(growth, 2)}))
    else:
        for name, times in found.items():
            told: list[Any] = [
                f"{count:,} rules: {took:,.1f} µs ({1e6 / took:,.0f}/s)" for count, took in times.items()
            ]
            print(f"{name:12} " + "   ".join(told))
        print(f"from 1 to 1,000 rules a decision of Countersign takes {growth:.2f} times as long (aim: at most {MOST})")
    return 0 if growth <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
