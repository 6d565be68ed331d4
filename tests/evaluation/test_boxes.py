"""Boxes on boxes, held against pycocotools and against counting pixels."""

import numpy as np
import pytest
from pycocotools import mask

from penjing.data.scenes import Truth
from penjing.evaluation.boxes import iou, judge, match, suppress
from penjing.runtime.steps.keep_boxes import Detections


def random_boxes(rng: np.random.Generator, n: int) -> np.ndarray:
    corner = rng.uniform(0, 30, (n, 2))
    return np.concatenate([corner, corner + rng.uniform(1, 15, (n, 2))], axis=1)


def test_iou_is_that_of_pycocotools() -> None:
    rng = np.random.default_rng(0)
    left, right = random_boxes(rng, 30), random_boxes(rng, 20)
    as_xywh = [np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1) for boxes in (left, right)]
    np.testing.assert_allclose(iou(left, right), mask.iou(*as_xywh, [0] * 20), atol=1e-12)
    assert iou(left[:0], right).shape == (0, 20)
    assert iou(np.zeros((1, 4)), np.zeros((1, 4))).tolist() == [[0.0]]


def test_suppression_keeps_the_surest_of_those_that_cover_each_other() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 20, 30, 30]], dtype=float)
    assert suppress(boxes, np.array([0.5, 0.9, 0.1]), most=0.3).tolist() == [1, 2]
    assert suppress(boxes, np.array([0.5, 0.9, 0.1]), most=0.9).tolist() == [1, 0, 2]
    assert suppress(boxes[:0], np.zeros(0), most=0.3).tolist() == []


TRUTH = Truth(np.array([[0, 0, 10, 10], [20, 20, 30, 30]], dtype=np.float32), np.array([0, 1]))


@pytest.mark.parametrize(
    ("boxes", "labels", "expected"),
    [
        (((0, 0, 10, 10), (20, 20, 30, 30)), ("a", "b"), [0, 1]),
        (((0, 0, 10, 10), (0, 0, 10, 9)), ("a", "a"), [0, -1]),  # a truth is found once
        (((0, 0, 10, 10),), ("b",), [-1]),  # of another class
        (((0, 0, 10, 4),), ("a",), [-1]),  # covers too little
        ((), (), []),
    ],
)
def test_each_detection_takes_the_truth_it_lies_on(
    boxes: tuple[tuple[float, float, float, float], ...], labels: tuple[str, ...], expected: list[int]
) -> None:
    found = Detections(boxes, labels, (0.9,) * len(boxes))
    assert match(found, TRUTH, ("a", "b"), least=0.5).tolist() == expected


def test_a_report_draws_right_wrong_and_missed_boxes() -> None:
    found = Detections(((0, 0, 10, 10), (5, 20, 9, 29)), ("a", "a"), (0.9, 0.8))
    drawn = [(box.label, box.good) for box in judge(found, TRUTH, ("a", "b"))]
    assert drawn == [("a", True), ("a", False), ("missed b", False)]
    assert judge(Detections((), (), ()), Truth(np.zeros((0, 4)), np.zeros(0, dtype=int)), ("a",)) == []
