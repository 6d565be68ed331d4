"""Average precision of boxes, as COCO measures it, with an interval by bootstrap over pictures. No torch.

Boxes are matched to truths once, by faster-coco-eval: a match is a matter of one picture. A resample of pictures is
then a weight for each of its detections, and its precision a cumulative sum: 1,000 resamples take half a second.

Source: Lin et al., "Microsoft COCO", ECCV 2014: 101 points of recall, mean over classes that have truths.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from penjing.data.scenes import Truth
from penjing.evaluation.intervals import Groups
from penjing.evaluation.scores import Score, Scores, bootstrapped
from penjing.findings import stop
from penjing.runtime.steps.keep_boxes import Detections

IOUS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]  # boxes_xyxy (M, 4), labels (M,), scores (M,) of one picture
MOST = 100  # detections of one class in a picture that count, the surest first
DRAWS_OF_MEAN = 200  # resamples for the mean over ten IoUs, which is not the primary score


class Matched(NamedTuple):
    """All detections of one class, the surest first."""

    picture: np.ndarray  # (D,) int64
    right: np.ndarray  # (D,) float64, 1 where a truth was found
    truths: np.ndarray  # (N,) int64, of each picture


def average_precision(
    found: Sequence[Detections], truths: Sequence[Truth], classes: Sequence[str], groups: Groups = None
) -> Scores:
    """AP50 first; beside it AP50:95; the AP50 of each class among the details.

    Args:
        found: detections of each of N pictures.
        truths: what is there, of the same pictures.
        classes: names of the K classes.
        groups: (N,), of pictures that belong together: see `intervals`.

    Raises:
        PenjingError: `nothing-to-find` where no picture holds a box.
    """
    if not any(len(truth.labels) for truth in truths):
        raise stop(
            "nothing-to-find",
            f"none of the {len(truths)} pictures holds a box",
            where="the truths of this split",
            why="average precision is a share of the boxes that are there.",
            try_="a larger split",
        )
    detections = _annotations([_surest(_as_arrays(answer, classes)) for answer in found])
    annotations = _annotations([(truth.boxes_xyxy, truth.labels, np.ones(len(truth.labels))) for truth in truths])
    by_iou = _match(detections, annotations, len(truths), len(classes))
    at_half, draws = bootstrapped(
        "AP50", len(truths), lambda at: _mean(_precisions(by_iou[0], at)), within=(0.0, 1.0), groups=groups
    )
    return Scores(
        primary=at_half,
        others=(_mean_over_ious(by_iou, len(truths), groups),),
        draws=tuple(draws.tolist()),
        details={
            "AP50 by class": {
                name: value
                for name, value in zip(classes, _precisions(by_iou[0], np.arange(len(truths))), strict=True)
                if value is not None
            }
        },
    )


def _mean_over_ious(by_iou: list[list[Matched]], n: int, groups: Groups) -> Score:
    def mean(at: np.ndarray) -> float:
        return float(np.mean([_mean(_precisions(matched, at)) for matched in by_iou]))

    return bootstrapped("AP50:95", n, mean, within=(0.0, 1.0), draws=DRAWS_OF_MEAN, groups=groups)[0]


def _mean(precisions: list[float | None]) -> float:
    """Over classes that have truths; 0 in a resample that has none at all."""
    there = [value for value in precisions if value is not None]
    return float(np.mean(there)) if there else 0.0


def _precisions(classes: list[Matched], pictures: np.ndarray) -> list[float | None]:
    """The AP of each class over pictures with repetition; None for one that none of them holds."""
    return [_precision(matched, np.bincount(pictures, minlength=len(matched.truths))) for matched in classes]


def _precision(matched: Matched, times: np.ndarray) -> float | None:
    """Area under the precision envelope at 101 points, each picture counted `times` over, (N,) integers."""
    truths = int(matched.truths @ times)
    if not truths:
        return None
    counted = times[matched.picture].astype(np.float64)
    right, all_ = np.cumsum(counted * matched.right), np.cumsum(counted)
    precision = np.divide(right, all_, out=np.zeros_like(right), where=all_ > 0)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(right / truths, RECALLS, side="left")
    return float(np.append(envelope, 0.0)[at].mean())  # 0 at recalls that are never reached


def _match(
    detections: list[dict[str, Any]], annotations: list[dict[str, Any]], n: int, classes: int
) -> list[list[Matched]]:
    """For each IoU, for each class: which detections are right."""
    from faster_coco_eval import COCO, COCOeval_faster

    categories = [{"id": k, "name": str(k)} for k in range(classes)]
    truth = COCO({"images": [{"id": i} for i in range(n)], "categories": categories, "annotations": annotations})
    counts = np.zeros((classes, n), dtype=np.int64)
    np.add.at(counts, tuple(np.array([(a["category_id"], a["image_id"]) for a in annotations]).T), 1)
    if not detections:  # which COCO's loader does not take
        nothing = [Matched(np.zeros(0, np.int64), np.zeros(0), counts[k]) for k in range(classes)]
        return [nothing] * len(IOUS)
    loaded = truth.loadRes(detections)
    by_iou = []
    for iou in IOUS:
        coco = COCOeval_faster(truth, loaded, "bbox")
        coco.params.iouThrs = np.array([iou])
        coco.params.areaRng, coco.params.areaRngLbl, coco.params.maxDets = [[0, 1e10]], ["all"], [MOST]
        coco.evaluate()
        coco.accumulate()
        right = {int(pair.split("_")[0]) for pair in coco.eval["matched"]}  # "detection_truth"
        by_iou.append([_of_class(k, detections, right, counts[k]) for k in range(classes)])
    return by_iou


def _of_class(label: int, detections: list[dict[str, Any]], right: set[int], truths: np.ndarray) -> Matched:
    mine = [(d["score"], d["image_id"], d["id"] in right) for d in detections if d["category_id"] == label]
    mine.sort(key=lambda detection: -detection[0])  # stable, as COCO's
    table = np.array(mine, dtype=np.float64).reshape(-1, 3)
    return Matched(table[:, 1].astype(np.int64), table[:, 2], truths)


def _as_arrays(found: Detections, classes: Sequence[str]) -> Arrays:
    labels = [classes.index(label) for label in found.labels]
    return np.array(found.boxes_xyxy).reshape(-1, 4), np.array(labels, dtype=np.int64), np.array(found.scores)


def _surest(found: Arrays) -> Arrays:
    """Of each class those that count, the surest first."""
    boxes_xyxy, labels, scores = found
    order = np.argsort(-scores, kind="stable")
    before = np.array([np.sum(labels[order[:rank]] == labels[i]) for rank, i in enumerate(order)], dtype=np.int64)
    kept = order[before < MOST]
    return boxes_xyxy[kept], labels[kept], scores[kept]


def _annotations(boxes: Sequence[Arrays]) -> list[dict[str, Any]]:
    """COCO's form: a dict a box, x, y, width, height."""
    rows: list[dict[str, Any]] = []
    for picture, (boxes_xyxy, labels, scores) in enumerate(boxes):
        for i in range(len(boxes_xyxy)):
            x1, y1, x2, y2 = (float(side) for side in boxes_xyxy[i])
            rows.append(
                {
                    "id": len(rows) + 1,
                    "image_id": picture,
                    "category_id": int(labels[i]),
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": 0,
                    "score": float(scores[i]),
                }
            )
    return rows
