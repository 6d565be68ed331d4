"""Steps that read an answer off a graph's output, and come back from JSON as they were."""

import msgspec
import numpy as np
import pytest

from penjing.runtime.engine import Engine
from penjing.runtime.pipeline import Pipeline
from penjing.runtime.steps.give_number import GiveNumber, Number
from penjing.runtime.steps.name_labels import Labels, NameLabels


class NoEngine:
    """These steps ask none."""

    name = "none"

    def run(self, graph: str, inputs: object) -> dict[str, np.ndarray]:
        raise AssertionError


ENGINE: Engine = NoEngine()


def test_labels_hold_from_their_own_thresholds_on() -> None:
    step = NameLabels(("a", "b", "c"), (0.5, 0.25, 0.75))
    some, none = step([{"probabilities": np.array([0.5, 0.2, 0.9])}, {"probabilities": np.zeros(3)}], ENGINE)
    assert some == Labels(("a", "c"), (0.5, 0.2, 0.9))
    assert (str(some), str(none)) == ("a, c", "no label")


@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_number_reaches_its_margin_to_either_side(shape: tuple[int, ...]) -> None:
    value = {"value": np.full(shape, 2.0, dtype=np.float32)}
    assert GiveNumber("speed", 0.5)([value], ENGINE) == [Number(2.0, "speed", 1.5, 2.5)]
    (bare,) = GiveNumber("speed")([value], ENGINE)
    assert (str(bare), bare.low) == ("speed 2", None)


def test_a_number_and_its_interval_have_the_same_decimals() -> None:
    assert str(Number(0.2827, "speed", 0.254, 0.3114)) == "speed 0.283 [0.254, 0.311]"


def test_they_come_back_from_json() -> None:
    pipeline = Pipeline((NameLabels(("a",), (0.4,)), GiveNumber("speed", 0.5)))
    assert msgspec.json.decode(msgspec.json.encode(pipeline), type=Pipeline) == pipeline
