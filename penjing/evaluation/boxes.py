"""How boxes lie on each other, and which detections are right. No torch."""

from collections.abc import Sequence

import numpy as np

from penjing.data.scenes import Truth
from penjing.evaluation.drawing import Box
from penjing.runtime.steps.keep_boxes import Detections


def iou(left_xyxy: np.ndarray, right_xyxy: np.ndarray) -> np.ndarray:
    """Intersection over union of each box with each, (N, 4) and (M, 4) -> (N, M) float64; 0 where both are empty."""
    left, right = left_xyxy[:, None].astype(np.float64), right_xyxy[None].astype(np.float64)
    sides = np.minimum(left[..., 2:], right[..., 2:]) - np.maximum(left[..., :2], right[..., :2])
    shared = np.maximum(sides, 0).prod(axis=-1)
    union = (left[..., 2:] - left[..., :2]).prod(axis=-1) + (right[..., 2:] - right[..., :2]).prod(axis=-1) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def suppress(boxes_xyxy: np.ndarray, scores: np.ndarray, *, most: float) -> np.ndarray:
    """Indices of boxes that no surer box covers by an IoU above `most`, the surest first: non-maximum suppression."""
    left = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(left):
        kept.append(int(left[0]))
        left = left[1:][iou(boxes_xyxy[left[:1]], boxes_xyxy[left[1:]])[0] <= most]
    return np.array(kept, dtype=np.int64)


def match(found: Detections, truth: Truth, classes: Sequence[str], *, least: float) -> np.ndarray:
    """Which truth each detection finds, (N,) int64 indices, -1 where it is wrong.

    Each detection, the surest first, takes the free truth of its label on which it lies best, as COCO does.

    Args:
        found: N detections, the surest first.
        truth: what is there.
        classes: names of the truth's labels.
        least: IoU from which a box counts as found.
    """
    alike = np.array(found.labels, dtype=object)[:, None] == np.array(classes, dtype=object)[truth.labels]  # (N, M)
    overlaps = np.where(alike, iou(np.array(found.boxes_xyxy).reshape(-1, 4), truth.boxes_xyxy), 0.0)
    matched = np.full(len(overlaps), -1)
    for i, row in enumerate(overlaps):  # a view: a truth that is taken shows in later rows
        if row.max(initial=0.0) >= least:
            matched[i] = row.argmax()
            overlaps[:, matched[i]] = 0.0
    return matched


def judge(found: Detections, truth: Truth, classes: Sequence[str]) -> list[Box]:
    """What a report draws: detections, right at an IoU of 0.5 or wrong, then what was missed."""
    matched = match(found, truth, classes, least=0.5)
    answered = zip(found.boxes_xyxy, found.labels, matched.tolist(), strict=True)
    boxes = [Box(box_xyxy, label, good=of >= 0) for box_xyxy, label, of in answered]
    for of in np.setdiff1d(np.arange(len(truth.labels)), matched):
        x1, y1, x2, y2 = truth.boxes_xyxy[of].tolist()
        boxes.append(Box((x1, y1, x2, y2), f"missed {classes[truth.labels[of]]}", good=False))
    return boxes
