"""Keeping boxes: those that are sure enough, in words that a person reads."""

import numpy as np

from penjing.runtime.onnx_engine import OnnxEngine
from penjing.runtime.pipeline import Pipeline
from penjing.runtime.steps.keep_boxes import Detections, KeepBoxes

OUTPUTS = {
    "boxes_xyxy": np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 9, 9, 9]], dtype=np.float32),
    "labels": np.array([1, 0, 1]),
    "scores": np.array([0.9, 0.5, 0.1], dtype=np.float32),
}
ENGINE = OnnxEngine({})  # the step asks it for nothing


def test_boxes_below_the_threshold_are_left_out() -> None:
    step = KeepBoxes(("cat", "dog"), threshold=0.5)
    assert step([OUTPUTS], ENGINE) == [
        Detections(((1.0, 2.0, 3.0, 4.0), (5.0, 6.0, 7.0, 8.0)), ("dog", "cat"), (float(np.float32(0.9)), 0.5))
    ]
    assert KeepBoxes(("cat", "dog"), threshold=0.99)([OUTPUTS, OUTPUTS], ENGINE) == [Detections((), (), ())] * 2


def test_the_threshold_is_a_setting_of_the_pipeline() -> None:
    changed = Pipeline((KeepBoxes(("cat", "dog"), threshold=0.5),)).with_settings({"threshold": "0.05"})
    assert [len(found.labels) for found in changed.steps[0]([OUTPUTS], ENGINE)] == [3]


def test_a_person_reads_what_was_found_and_where() -> None:
    (found,) = KeepBoxes(("cat", "dog"), threshold=0.8)([OUTPUTS], ENGINE)
    assert str(found) == "dog (90%) at [1, 2, 3, 4]"
    assert str(Detections((), (), ())) == "nothing found"
