"""The trained clause finder: what no written wording found is pointed to, word for word, and nothing is made up."""

from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from countersign.policies.errors import BadInput
from countersign.tools.contracts.clause_kinds import load_clause_kinds
from countersign.tools.contracts.clause_model import (
    SentenceIndex,
    decode_clause_model,
    encode_clause_model,
    load_clause_labels,
    load_clause_model,
)
from countersign.tools.contracts.reader import read_contract
from countersign.tools.contracts.risks import find_risks
from countersign.tools.learning.train_clauses import (
    compute_hits,
    compute_label_f1,
    compute_unseen_scores,
    find_threshold,
    load_contracts,
)

CUAD = Path(__file__).parents[3] / "../shared/data/cuad"
UNUSUAL = """SERVICES AGREEMENT

This Agreement is made on 1 March 2024 between Alder Works GmbH ("Supplier") and Brook Retail Ltd ("Customer").

1. Services
The Supplier provides the services that are described in Annex 1 with reasonable care and skill.

2. Law
New York law applies to this Agreement and to its interpretation and enforcement without regard to conflict of laws rules.

3. Cover
Commercial general liability coverage of at least $1,000,000 per occurrence shall be carried by the Supplier, with the
Customer named as additional insured.
"""  # noqa: E501 - a contract as it comes


def test_a_clause_in_other_words_is_pointed_to_and_not_called_missing() -> None:
    """Would break if a review said that a clause is missing that stands there in words nobody wrote a pattern for."""
    reading = read_contract(UNUSUAL)
    assert not reading.of_kind("governing_law")
    found = {finding.kind: finding for finding in reading.likely}
    assert {"governing_law", "insurance"} <= set(found)
    for finding in reading.likely:
        assert UNUSUAL[finding.start : finding.end] == finding.quote
        assert 0.7 <= finding.confidence <= 1
    law = next(risk for risk in find_risks(UNUSUAL, reading) if risk.rule_id == "governing-law")
    assert law.start is not None
    assert "New York law applies" in law.quote
    assert "may be it" in law.why


def test_what_a_wording_found_is_not_found_twice() -> None:
    """Would break if one clause stood in a review both as found and as perhaps there."""
    reading = read_contract(UNUSUAL.replace("New York law applies to", "The laws of the State of New York govern"))
    assert {f.kind for f in reading.findings}.isdisjoint({f.kind for f in reading.likely})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "word " * 5_000,
        "1. Warranty\n\n2. Insurance\n\n3. Audit\n",
        "Buy milk and bread. Then feed the cat.",
    ],
)
def test_nothing_is_made_up_where_there_is_no_contract(text: str) -> None:
    """Would break if headings alone, or prose of any kind, were taken for clauses."""
    assert read_contract(text).likely == ()


def test_reading_a_megabyte_ends_soon() -> None:
    """Would break if the finder's time grew faster than the text."""
    started = perf_counter()
    read_contract("The party shall not compete with the other party at any time. " * 16_000)
    assert perf_counter() - started < 20


def test_what_is_shipped_holds_words_and_no_text() -> None:
    """Would break if a passage or a name of a public contract were kept in the artefact."""
    model = load_clause_model()
    assert max(len(term.split()) for term in model.terms.places if not term.startswith("@")) == 2
    assert not {"inc ltd", "adma", "adaptimmune", "alliance bancorp"} & set(model.terms.places)
    assert model.settings["contracts"] >= 70
    assert set(model.kinds) == set(load_clause_labels())
    ours = {kind.id for kind in load_clause_kinds()}
    assert len(ours & set(model.kinds)) >= 30
    assert encode_clause_model(model) == encode_clause_model(decode_clause_model(encode_clause_model(model)))


def test_a_damaged_artefact_is_refused() -> None:
    """Would break if contracts were read by half a model."""
    model = load_clause_model()
    whole = encode_clause_model(model)
    endless = encode_clause_model(replace(model, bias=model.bias + np.float32(np.inf)))
    for spoiled in (
        b"",
        b"PK",
        whole[: len(whole) // 2],
        encode_clause_model(replace(model, bias=model.bias[:3])),
        endless,
    ):
        with pytest.raises(BadInput, match=r"learning\.train_clauses"):
            decode_clause_model(spoiled)


def test_relevance_prefers_rare_words_and_the_shorter_sentence() -> None:
    """Would break if every sentence with a common word were as good as the one that says what is asked."""
    index = SentenceIndex([["the", "supplier", "pays"], ["insurance"], ["insurance", *(["padding"] * 30)], []])
    scores = index.relative(["insurance", "the"])
    assert scores.tolist()[1] == 1.0
    assert 0 < scores[2] < 1
    assert (scores[0], scores[3]) == (0, 0)
    assert SentenceIndex([]).relative(["insurance"]).shape == (0,)


def test_the_threshold_is_where_f1_is_best() -> None:
    """Would break if presence were called at another probability than the one that the training contracts ask for."""
    wanted = np.array([False, True, False, True, True])
    bar = find_threshold(np.array([0.1, 0.4, 0.5, 0.8, 0.9]), wanted)
    assert 0.1 < bar <= 0.4
    assert compute_label_f1(np.array([True, False]), np.array([False, True])) == 0


@pytest.mark.skipif(not (CUAD / "clauses.csv").is_file(), reason="the labelled contracts of CUAD are not beside this")
def test_clauses_of_unseen_contracts_are_found() -> None:
    """Would break if training on some contracts taught nothing about others; the whole figure is in benchmarks."""
    labels = tuple(load_clause_labels().values())
    contracts = load_contracts(CUAD, labels, 14)
    scores = compute_unseen_scores(contracts, labels, 2)
    ours = np.mean([hit for _, hit in compute_hits(contracts, scores)])
    words = np.mean([hit for _, hit in compute_hits(contracts, [one.fit for one in contracts])])
    both = [values + 0.1 * one.fit for one, values in zip(contracts, scores, strict=True)]
    assert ours >= 0.65
    assert np.mean([hit for _, hit in compute_hits(contracts, both)]) > words
