"""The estimate of tokens stays on the safe side, and trimming keeps to it."""

import json
from pathlib import Path

import pytest
from countersign.agents.models.tokens import count, count_tools, room_for_messages, trim
from countersign.memory.embeddings.minilm import locate
from hypothesis import given
from hypothesis import strategies as st

DATA = Path(__file__).parents[2] / "../shared/data"


def samples() -> dict[str, list[str]]:
    contracts = sorted((DATA / "cuad/contracts").glob("*"))[::8]
    tables = json.loads((DATA / "tatqa/dev.json").read_text(encoding="utf-8"))[:20]
    return {
        "contracts": [path.read_text(encoding="utf-8", errors="replace")[:20_000] for path in contracts],
        "policy": [(DATA / "tau2_retail/policy.md").read_text(encoding="utf-8")],
        "json": [json.dumps(table) for table in tables],
        "indented": [json.dumps(table, indent=2) for table in tables],
        "chat": (DATA / "banking77/train.csv").read_text(encoding="utf-8").splitlines()[1:200],
    }


def test_estimate_is_not_below_a_real_tokenizer() -> None:
    """Would break if requests could overrun a window because texts were taken for shorter than they are."""
    if not DATA.is_dir():
        pytest.skip("the shared data folder is not beside the checkout")
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(locate(None) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    ratios = {}
    for name, texts in samples().items():
        real = sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts)
        ratios[name] = sum(map(count, texts)) / real
    assert all(1.0 <= ratio <= 1.6 for ratio in ratios.values()), ratios


@pytest.mark.parametrize("text", ["条款" * 50, "🙂" * 50, "QmFzZTY0IGVuY29kZWQ" * 20, "1234567890" * 20, "\n" * 50])
def test_unusual_text_is_not_underestimated(text: str) -> None:
    """Would break if CJK, emoji, encoded data, digits or blank lines counted as a few words."""
    assert count(text) >= len(text) // 3


@given(st.text(), st.text())
def test_joining_costs_no_more_than_the_parts(one: str, two: str) -> None:
    """Would break if a request assembled from parts could cost more than their sum."""
    assert count(f"{one}\n{two}") <= count(one) + count(two) + 1


@given(st.text(max_size=400), st.integers(-5, 120))
def test_trim_keeps_to_the_limit(text: str, limit: int) -> None:
    """Would break if a trimmed text cost more than allowed, or one that fits were changed."""
    short = trim(text, limit)
    assert count(short) <= max(limit, 0)
    if limit >= 0 and count(text) <= limit and len(text) <= 9 * limit:
        assert short == text


def test_trim_keeps_both_ends_and_says_so() -> None:
    """Would break if the end of a contract (its signatures) always went missing, or silently."""
    text = "Beginning. " + "middle " * 2000 + "End."
    short = trim(text, 100)
    assert short.startswith("Beginning.")
    assert short.endswith("End.")
    assert "part is left out" in short
    assert count(short) > 80


def test_room_leaves_a_margin() -> None:
    """Would break if tools or the answer had no room of their own."""
    tool = {"type": "function", "function": {"name": "x", "description": "word " * 100, "parameters": {}}}
    assert room_for_messages(10_000, [tool], 2_000) == 9_000 - count_tools([tool]) - 2_000
    assert room_for_messages(100, [tool] * 10) == 0
