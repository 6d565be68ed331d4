"""Template matching finds what looks like its templates, where it is."""

import numpy as np

from penjing.data.dataset import Split
from penjing.evaluation.boxes import iou
from penjing.evaluation.template_match import template_match

CROSS, RING = np.zeros((8, 8), dtype=np.uint8), np.zeros((8, 8), dtype=np.uint8)
CROSS[3:5, 1:7] = CROSS[1:7, 3:5] = 255
RING[1:7, 1:7] = 255
RING[2:6, 2:6] = 0
OBJECTS = Split(np.stack([CROSS, RING, CROSS, RING])[..., None], np.array([0, 1, 0, 1]))


def test_objects_are_found_by_name_at_their_size_and_place() -> None:
    scene = np.full((48, 48, 1), 20, dtype=np.uint8)
    scene[5:13, 10:18, 0] = np.maximum(scene[5:13, 10:18, 0], CROSS)
    scene[24:40, 20:36, 0] = np.maximum(scene[24:40, 20:36, 0], RING.repeat(2, axis=0).repeat(2, axis=1) // 2)
    (found,) = template_match([scene], OBJECTS, ("cross", "ring"), sizes=[8, 16])
    assert set(found.labels[:2]) == {"cross", "ring"}
    truth = {"cross": [11, 6, 17, 12], "ring": [22, 26, 34, 38]}
    for label, box in zip(found.labels[:2], found.boxes_xyxy[:2], strict=True):
        assert iou(np.array([box]), np.array([truth[label]]))[0, 0] > 0.6
    assert list(found.scores) == sorted(found.scores, reverse=True)


def test_an_even_ground_holds_nothing() -> None:
    (found,) = template_match([np.full((48, 48, 1), 20, dtype=np.uint8)], OBJECTS, ("cross", "ring"), sizes=[8])
    assert found.labels == ()
