"""Average precision: pycocotools gives the same, of the whole and of a resample."""

import contextlib
import io
from collections.abc import Sequence

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from penjing.data.scenes import Truth
from penjing.evaluation.average_precision import average_precision
from penjing.evaluation.intervals import resamples
from penjing.evaluation.scores import difference
from penjing.findings import PenjingError
from penjing.runtime.steps.keep_boxes import Detections

CLASSES = ("a", "b", "c", "never")


def random_pictures(seed: int, n: int, boxes_each: tuple[int, int] = (0, 5)) -> tuple[list[Detections], list[Truth]]:
    """Truths, and detections near them: some on the spot, some off, of the wrong class, twice, or of nothing."""
    rng = np.random.default_rng(seed)
    found, truths = [], []
    for _ in range(n):
        count = int(rng.integers(*boxes_each, endpoint=True))
        corner = rng.uniform(0, 40, (count, 2))
        boxes = np.concatenate([corner, corner + rng.uniform(6, 20, (count, 2))], axis=1).astype(np.float32)
        labels = rng.integers(0, 3, count)
        truths.append(Truth(boxes, labels))
        guesses = np.repeat(boxes, 2, axis=0) + rng.normal(0, 1.5, (2 * count, 4)).astype(np.float32)
        guesses = np.concatenate([guesses, [[1, 1, 9, 9]]])
        guessed = np.where(rng.random(len(guesses)) < 0.2, rng.integers(0, 3, len(guesses)), [*labels.repeat(2), 0])
        scores = np.sort(rng.random(len(guesses)))[::-1]
        found.append(
            Detections(
                tuple((a, b, c, d) for a, b, c, d in guesses.tolist()),
                tuple(CLASSES[label] for label in guessed),
                tuple(scores.tolist()),
            )
        )
    return found, truths


def by_pycocotools(found: Sequence[Detections], truths: Sequence[Truth]) -> tuple[float, float]:
    """AP50 and AP50:95 by the reference, picture by picture."""
    boxes = [
        (i, box, k) for i, truth in enumerate(truths) for box, k in zip(truth.boxes_xyxy, truth.labels, strict=True)
    ]
    guesses = [
        {"image_id": i, "category_id": CLASSES.index(label), "bbox": xywh(box), "score": score}
        for i, answer in enumerate(found)
        for box, label, score in zip(answer.boxes_xyxy, answer.labels, answer.scores, strict=True)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": i} for i in range(len(truths))],
            "categories": [{"id": k} for k in range(len(CLASSES))],
            "annotations": [
                {"id": n + 1, "image_id": i, "category_id": int(k), "bbox": xywh(box), "area": 1.0, "iscrowd": 0}
                for n, (i, box, k) in enumerate(boxes)
            ],
            "info": {},
        }
        coco.createIndex()
        judged = COCOeval(coco, coco.loadRes(guesses), "bbox")
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    return float(judged.stats[1]), float(judged.stats[0])


def xywh(box: Sequence[float] | np.ndarray) -> list[float]:
    x1, y1, x2, y2 = (float(side) for side in box)
    return [x1, y1, x2 - x1, y2 - y1]


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_pycocotools_gives(seed: int) -> None:
    found, truths = random_pictures(seed, 30)
    scores = average_precision(found, truths, CLASSES)
    ap50, mean = by_pycocotools(found, truths)
    assert (scores.primary.name, scores.others[0].name) == ("AP50", "AP50:95")
    assert scores.primary.value == pytest.approx(ap50, abs=1e-9)
    assert scores.others[0].value == pytest.approx(mean, abs=1e-9)
    assert 0.2 < ap50 < 0.95
    assert scores.primary.low < ap50 < scores.primary.high


def test_it_is_what_pycocotools_gives_of_crowded_pictures_too() -> None:
    found, truths = random_pictures(0, 4, boxes_each=(150, 200))  # of a class more than count, and of all many more
    scores = average_precision(found, truths, CLASSES)
    assert (scores.primary.value, scores.others[0].value) == pytest.approx(by_pycocotools(found, truths), abs=1e-9)


def test_a_resample_is_scored_as_if_its_pictures_stood_there_again_and_again() -> None:
    found, truths = random_pictures(7, 25)
    draws = average_precision(found, truths, CLASSES).draws
    drawn: list[np.ndarray] = []
    resamples(len(truths), lambda at: float(len(drawn.append(at) or at)), draws=4)
    for value, at in zip(draws, drawn, strict=False):
        assert value == pytest.approx(by_pycocotools([found[i] for i in at], [truths[i] for i in at])[0], abs=1e-9)


def test_truths_found_again_score_one_and_nothing_found_scores_nothing() -> None:
    _, truths = random_pictures(0, 20)
    perfect = [
        Detections(
            tuple((a, b, c, d) for a, b, c, d in truth.boxes_xyxy.tolist()),
            tuple(CLASSES[k] for k in truth.labels),
            (0.9,) * len(truth.labels),
        )
        for truth in truths
    ]
    right = average_precision(perfect, truths, CLASSES)
    empty = average_precision([Detections((), (), ())] * 20, truths, CLASSES)
    assert right.primary.value == right.others[0].value == 1.0
    assert empty.primary.value == 0.0
    assert set(right.details["AP50 by class"]) == {"a", "b", "c"}  # a class that never stands there has none
    assert difference(right, empty).low == 1.0


def test_pictures_without_a_single_box_are_refused() -> None:
    nothing = Truth(np.zeros((0, 4), dtype=np.float32), np.zeros(0, dtype=np.int64))
    with pytest.raises(PenjingError) as caught:
        average_precision([Detections((), (), ())], [nothing], CLASSES)
    assert caught.value.finding.rule == "nothing-to-find"
