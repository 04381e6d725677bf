"""The estimate of tokens stays on the safe side, and trimming keeps to it."""

import json
from pathlib import Path

import pytest
from countersign.agents.models.tokens import compute_message_room, count_tokens, count_tools, trim_text
from countersign.memory.embeddings.minilm import locate_model
from hypothesis import given
from hypothesis import strategies as st

DATA = Path(__file__).parents[3] / "../shared/data"


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

    tokenizer = Tokenizer.from_file(str(locate_model(None) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    ratios = {}
    for name, texts in samples().items():
        real = sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts)
        ratios[name] = sum(map(count_tokens, texts)) / real
    assert all(1.0 <= ratio <= 1.6 for ratio in ratios.values()), ratios


@pytest.mark.parametrize("text", ["条款" * 50, "🙂" * 50, "QmFzZTY0IGVuY29kZWQ" * 20, "1234567890" * 20, "\n" * 50])
def test_unusual_text_is_not_underestimated(text: str) -> None:
    """Would break if CJK, emoji, encoded data, digits or blank lines counted as a few words."""
    assert count_tokens(text) >= len(text) // 3


@given(st.text(), st.text())
def test_joining_costs_no_more_than_the_parts(one: str, two: str) -> None:
    """Would break if a request assembled from parts could cost more than their sum."""
    assert count_tokens(f"{one}\n{two}") <= count_tokens(one) + count_tokens(two) + 1


@given(st.text(max_size=400), st.integers(-5, 120))
def test_trim_keeps_to_the_limit(text: str, limit: int) -> None:
    """Would break if a trimmed text cost more than allowed, or one that fits were changed."""
    short = trim_text(text, limit)
    assert count_tokens(short) <= max(limit, 0)
    if limit >= 0 and count_tokens(text) <= limit and len(text) <= 9 * limit:
        assert short == text


def test_trim_keeps_both_ends_and_says_so() -> None:
    """Would break if the end of a contract (its signatures) always went missing, or silently."""
    text = "Beginning. " + "middle " * 2000 + "End."
    short = trim_text(text, 100)
    assert short.startswith("Beginning.")
    assert short.endswith("End.")
    assert "part is left out" in short
    assert count_tokens(short) > 80


def test_room_leaves_a_margin() -> None:
    """Would break if tools or the answer had no room of their own."""
    tool = {"type": "function", "function": {"name": "x", "description": "word " * 100, "parameters": {}}}
    assert compute_message_room(10_000, [tool], 2_000) == 9_000 - count_tools([tool]) - 2_000
    assert compute_message_room(100, [tool] * 10) == 0
