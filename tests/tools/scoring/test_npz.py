"""Trained weights on disk, whole and damaged."""

import random

import numpy as np
import pytest
from countersign.tools.scoring.npz import pack_arrays, unpack_arrays


def test_arrays_come_back_as_they_were() -> None:
    """Weights of another shape or kind would be another model."""
    record, arrays = unpack_arrays(pack_arrays({"a": 1}, {"x": np.arange(6, dtype=np.float16).reshape(2, 3)}))
    assert record == {"a": 1}
    assert arrays["x"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert arrays["x"].dtype == np.float16


def test_whatever_is_damaged_is_one_kind_of_error() -> None:
    """A flipped bit would stop the whole assistant with an error from inside, in the place of a word to its owner."""
    whole, dice, refused = pack_arrays({"a": 1}, {"x": np.arange(5.0)}), random.Random(1), 0
    for _ in range(1500):
        broken = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        if dice.random() < 0.2:
            del broken[dice.randrange(len(broken)) :]
        try:
            unpack_arrays(bytes(broken))
        except ValueError:
            refused += 1
    assert refused > 1000
    with pytest.raises(ValueError, match="no file of arrays"):
        unpack_arrays(b"\x80\x04\x95cos\nsystem\n.")
