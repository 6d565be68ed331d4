"""Observations: text, lists and arrays are one thing; anything else is refused with what it should have been."""

from typing import Any

import numpy as np
import pytest

from penjing.findings import PenjingError
from penjing.runtime.steps.open_observation import OpenObservation
from tests.runtime.writers import NO_ENGINE

OPEN = OpenObservation("cartpole", ("position (m)", "velocity (m/s)", "angle (rad)"))


def test_text_list_and_array_are_the_same_vector() -> None:
    opened = OPEN(["[0, 0.1, -2]", [0, 0.1, -2], np.array([0, 0.1, -2])], NO_ENGINE)
    for vector in opened:
        assert vector.dtype == np.float32
        assert vector.tolist() == [0, np.float32(0.1), -2]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("[0, 1]", "shape is (2,)"),
        ("[[0, 1, 2]]", "shape is (1, 3)"),
        ("3", "shape is ()"),
        ("[0, 1,", "no list of numbers"),
        ("[0, 1, NaN]", "no list of numbers"),
        ('["a", 0, 1]', "no list of numbers"),
        ("[[0], 1, 2]", "no list of numbers"),
        ({"x": 1}, "no list of numbers"),
        ('["1", "2", "3"]', "no list of numbers"),
        (["1", "2", "3"], "no list of numbers"),
        (np.array(["1", "2", "3"]), "no list of numbers"),
        (["1", 2, 3], "no list of numbers"),
        ("[true, false, true]", "no list of numbers"),
        ([None, 0, 1], "no list of numbers"),
        ([10**400, 0, 1], "no list of numbers"),
        ([0, float("nan"), 1], "velocity (m/s) is not a finite number"),
        (np.array([0, 1, np.inf]), "angle (rad) is not a finite number"),
        ("[1e300, 0, 0]", "position (m) is not a finite number"),
    ],
    ids=str,
)
def test_what_is_no_observation_is_refused(value: Any, says: str) -> None:
    with pytest.raises(PenjingError) as caught:
        OPEN([value], NO_ENGINE)
    assert caught.value.finding.rule == "not-an-observation"
    assert says in caught.value.finding.what
    assert "velocity (m/s)" in caught.value.finding.try_
