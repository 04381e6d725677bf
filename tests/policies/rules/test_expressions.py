"""Conditions: compiled once, bounded, and without binary floats."""

import threading
from typing import Any

import pytest
from countersign.policies.rules.expressions import EvaluationError, ExpressionError, compile_expression, make_context
from hypothesis import given
from hypothesis import strategies as st


def holds(source: str, **variables: Any) -> bool:
    found = compile_expression(source)
    return found.holds(make_context(variables, found.functions))


@pytest.mark.parametrize(
    ("source", "column"), [("args.x > 100.00", 10), ("args.x > 1e3", 10), ("args.x > .5", 10), ("0.1 < args.x", 1)]
)
def test_binary_floats_are_refused_with_their_place(source: str, column: int) -> None:
    """0.1 + 0.2 is not 0.3; a threshold must not depend on that."""
    with pytest.raises(ExpressionError, match="binary float") as caught:
        compile_expression(source)
    assert (caught.value.line, caught.value.column) == (1, column)


@pytest.mark.parametrize(
    "source", ["args.v == '1.5'", 'args.v == "100.00"', "args.v != 1 // at most 1.5", "args.l[0] == 1"]
)
def test_text_comments_and_indexes_are_no_floats(source: str) -> None:
    """The check must not get in the way of what is exact."""
    assert compile_expression(source).paths == (("args.l",) if "l[" in source else ("args.v",))


@pytest.mark.parametrize(
    "source", ["double(args.x) > 1", "type(args.x) == int", "env.HOME == ''", "f(args.x)", "dyn(args.x)"]
)
def test_only_known_names_and_functions_exist(source: str) -> None:
    """A misspelt name would make every call an error; it is found at load instead."""
    with pytest.raises(ExpressionError, match="there is no"):
        compile_expression(source)


@pytest.mark.parametrize("source", ["(" * 5000, "[" * 5000 + "]" * 5000, "a" * 10 + "(" * 41])
def test_deep_nesting_is_refused_before_it_is_parsed(source: str) -> None:
    """The parser is native code; its stack is not ours to overflow."""
    with pytest.raises(ExpressionError, match="nested more than"):
        compile_expression(source)


def test_the_fields_a_condition_reads_are_known() -> None:
    """Explanations show exactly these values."""
    source = "records.order.paid > 1 && size(args.lines) == 0 && args.lines.exists(x, x == 1) && tainted"
    source += " && 'args.no' != args.id"
    assert compile_expression(source).paths == ("records.order.paid", "args.lines", "tainted", "args.id")


def test_missing_fields_are_named_in_full() -> None:
    """'zip is missing' helps nobody; 'records.customer.address.zip is missing' does."""
    with pytest.raises(EvaluationError, match=r"the field records\.customer\.address is missing"):
        holds("records.customer.address.zip == '1'", records={"customer": {}})


@given(st.text(max_size=60))
def test_no_source_text_crashes_the_compiler(source: str) -> None:
    """Packs are text that people type."""
    try:
        compile_expression(source)
    except ExpressionError as error:
        assert str(error)  # noqa: PT017


def test_one_condition_serves_many_threads() -> None:
    """The graph decides in parallel; a program bound to one thread would panic."""
    found = compile_expression("args.x > 1")
    results: list[bool] = []

    def work() -> None:
        results.extend(found.holds(make_context({"args": {"x": n % 4}}, frozenset())) for n in range(200))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(results) == 400
