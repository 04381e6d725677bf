"""A system that keeps failing is left alone, and tried again after a while."""

import pytest
from countersign.policies.errors import Unavailable
from countersign.tools.breaker import FAILURES, REST_SECONDS, Breakers


class Clock:
    """Seconds under the test's control."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breakers:
    """Breakers whose bank has just failed too often."""
    breakers = Breakers(clock)
    for _ in range(FAILURES):
        breakers.check("bank")
        breakers.failed("bank")
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
    breakers = Breakers(Clock())
    for _ in range(FAILURES - 1):
        breakers.failed("bank")
    breakers.succeeded("bank")
    breakers.failed("bank")
    breakers.check("bank")


def test_one_trial_after_the_rest_and_only_one() -> None:
    """A crowd let in at once would knock the system down again."""
    clock = Clock()
    breakers = opened(clock)
    clock.now += REST_SECONDS
    breakers.check("bank")
    with pytest.raises(Unavailable):
        breakers.check("bank")


def test_the_trial_decides() -> None:
    """A success closes it; a failure opens it for another rest."""
    clock = Clock()
    breakers = opened(clock)
    clock.now += REST_SECONDS
    breakers.check("bank")
    breakers.failed("bank")
    with pytest.raises(Unavailable):
        breakers.check("bank")
    clock.now += REST_SECONDS
    breakers.check("bank")
    breakers.succeeded("bank")
    breakers.check("bank")
    breakers.check("bank")
