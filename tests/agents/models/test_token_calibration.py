"""A model's own count corrects the estimate: at once where a request would not fit, slowly the other way."""

from countersign.agents.models.tokens import (
    LEAST,
    MOST,
    MOST_MODELS,
    SHORTEST,
    TokenMeasure,
    TokenMeasures,
    compute_message_room,
    count_tokens,
)
from countersign.memory.embeddings.minilm import locate_model
from hypothesis import given
from hypothesis import strategies as st

TEXT = "The supplier charged 12.50 EUR more than the order says; the buyer asks why (invoice INV-1042).\n" * 40


def test_it_rises_at_once_and_falls_slowly() -> None:
    """A request that does not fit is lost; one odd count must not make all others longer."""
    measure = TokenMeasure().adjust(1_000, 1_600)
    assert (measure.per_mille, measure.answers) == (1_600, 1)
    assert measure.window(16_000) == 10_000
    lower = measure.adjust(1_000, 800)
    assert lower.per_mille == 1_560
    for _ in range(200):
        lower = lower.adjust(1_000, 800)
    assert lower.per_mille == 800
    assert lower.adjust(1_000, 900).per_mille == 900


def test_small_requests_and_nonsense_say_nothing() -> None:
    """Eleven tokens for a greeting, or a count of nothing, would be taken for what the model counts."""
    assert (
        TokenMeasure().adjust(SHORTEST - 1, 900)
        == TokenMeasure().adjust(1_000, 0)
        == TokenMeasure().adjust(1_000, -5)
        == TokenMeasure()
    )
    assert TokenMeasure().adjust(1_000, 10**9).per_mille == MOST


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(-10, 10**8)), max_size=60))
def test_whatever_an_endpoint_counts_stays_within_bounds(answers: list[tuple[int, int]]) -> None:
    """An endpoint could starve every request, or make each too long."""
    measure = TokenMeasure()
    for estimated, counted in answers:
        measure = measure.adjust(estimated, counted)
        assert LEAST <= measure.per_mille <= MOST
        assert measure.window(24_000) * measure.per_mille <= 24_000 * 1_000


def test_with_a_real_tokenizer_a_request_uses_its_window_and_never_overruns_it() -> None:
    """The point of it all: what is reckoned to fit does fit, by the count of the model itself, and fits better."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(locate_model(None) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def counted(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    measure, used = TokenMeasure(), []
    for _ in range(60):
        room, text = compute_message_room(measure.window(4_000), answer_tokens=400), ""
        while count_tokens(text + TEXT) <= room:
            text += TEXT
        used.append(counted(text))
        measure = measure.adjust(count_tokens(text), counted(text))
    assert all(tokens <= 3_600 for tokens in used)
    assert used[-1] >= used[0]
    assert abs(measure.per_mille - 1_000 * counted(TEXT) / count_tokens(TEXT)) < 25


def test_measures_are_kept_by_model_and_go_on() -> None:
    """A fallback that counts more decides how long a request may be; a restart must not forget what was learned."""
    measures = TokenMeasures()
    measures.restore(lambda: None)
    for _ in range(80):
        measures.learn("small", 1_000, 750)
    measures.learn("large", 1_000, 1_300)
    assert measures.get_highest(["small", "large"]).per_mille == 1_300
    assert measures.get_highest(["small"]).per_mille < 800
    assert measures.get_highest(["small", "never asked"]).per_mille == 1_000
    again = TokenMeasures()
    again.restore(measures.record)
    assert again.record() == measures.record()
    again.restore(lambda: {"other": {"per_mille": 3_000}})
    assert again.record() == measures.record()
    for number in range(40):
        again.learn(f"model-{number}", 1_000, 1_000)
    assert len(again.record()) == MOST_MODELS
    odd = TokenMeasures()
    odd.restore(lambda: {"m": {"per_mille": -7, "answers": 2}, "n": {}})
    assert odd.get_highest(["m"]).per_mille == LEAST
