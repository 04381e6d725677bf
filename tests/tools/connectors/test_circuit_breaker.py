"""A system that keeps failing is left alone, and tried again after a while."""

from contextlib import closing
from pathlib import Path

import pytest
from countersign.policies.domain.proposal import Effect
from countersign.policies.errors import Unavailable
from countersign.tools.connectors.circuit_breaker import MAX_FAILURES, REST_SECONDS, CircuitBreakers
from countersign.tools.outcome import Status
from countersign.tools.spec import Arguments, Result, ToolContext, tool
from services import Office


class Clock:
    """Seconds under the test's control."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> CircuitBreakers:
    """Breakers whose bank has just failed too often."""
    breakers = CircuitBreakers(clock)
    for _ in range(MAX_FAILURES):
        breakers.check("bank")
        breakers.record_failure("bank")
    return breakers


def test_it_opens_after_failures_in_a_row_and_says_when_it_tries_again() -> None:
    """Otherwise a dead system would hold every turn for its whole time-out."""
    breakers = opened(Clock())
    with pytest.raises(Unavailable, match=r"bank failed 5 times in a row.*try again in 30 s"):
        breakers.check("bank")


def test_other_systems_go_on() -> None:
    """One dead system must not stop the others."""
    opened(Clock()).check("tickets")


def test_an_answer_in_between_starts_the_count_anew() -> None:
    """Five failures in a year are no reason to stop."""
    breakers = CircuitBreakers(Clock())
    for _ in range(MAX_FAILURES - 1):
        breakers.record_failure("bank")
    breakers.record_success("bank")
    breakers.record_failure("bank")
    breakers.check("bank")


def test_the_trial_decides() -> None:
    """A success closes it; a failure opens it for another rest."""
    clock = Clock()
    breakers = opened(clock)
    clock.now += REST_SECONDS
    breakers.check("bank")
    breakers.record_failure("bank")
    with pytest.raises(Unavailable):
        breakers.check("bank")
    clock.now += REST_SECONDS
    breakers.check("bank")
    breakers.record_success("bank")
    breakers.check("bank")
    breakers.check("bank")


def test_the_registry_leaves_a_failing_system_alone(tmp_path: Path, company_file: Path) -> None:
    """Every turn would wait for a dead system's time-out, and knock it down again when it comes back."""
    asked = []

    class Word(Arguments):
        word: str

    class Told(Result):
        said: str

    @tool("dead.ask", effect=Effect.READ, owner="tests", system="dead", summary="Ask {word}", retries=0)
    def ask(args: Word, _context: ToolContext) -> Told:
        """Asks a system that is down."""
        asked.append(args.word)
        raise Unavailable("the line is down")

    with closing(Office.open(tmp_path, company_file, [ask])) as office:
        ended = [office.call("mara.voss", "dead.ask", word=str(number)) for number in range(MAX_FAILURES + 3)]
    assert asked == [str(number) for number in range(MAX_FAILURES)]
    assert "is left alone" in ended[-1].message
    assert ended[-1].status is Status.FAILED
