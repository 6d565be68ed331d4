"""What one gets without learning: the mean picture of each class, slid over the scene at several sizes. No torch.

Normalized cross-correlation (Lewis, "Fast Normalized Cross-Correlation", 1995), then non-maximum suppression.
"""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from penjing.data.dataset import Split
from penjing.evaluation.boxes import suppress
from penjing.runtime.steps.keep_boxes import Detections

LEAST = 0.6  # correlation from which a place is answered
OVERLAP = 0.2  # IoU above which only the surer of two answers stays
MARGIN = 2  # pixels added around a scene, so that a template's dark border may reach over it
INK = 0.3  # share of a template's brightest pixel from which a pixel belongs to the object


def template_match(
    scenes: Sequence[np.ndarray] | np.ndarray, objects: Split, classes: Sequence[str], *, sizes: Sequence[int]
) -> list[Detections]:
    """Find objects by their likeness to the mean of their class.

    Args:
        scenes: N of (H, W, C) uint8.
        objects: labelled pictures of one size; the templates are their means.
        classes: K names.
        sizes: sides of the templates, pixels.
    """
    pictures, labels = np.asarray(objects.inputs), np.asarray(objects.truths)
    means = [pictures[labels == k].mean(axis=(0, 3)) for k in range(len(classes))]
    scales = [_templates(means, size) for size in sizes]
    return [_search(scene.mean(axis=2, dtype=np.float32), scales, classes) for scene in scenes]


def _templates(means: list[np.ndarray], size: int) -> tuple[np.ndarray, np.ndarray]:
    """(K, size * size) float32 of mean 0 and length 1, and the box of each one's ink, (K, 4) float32."""
    resized = [
        Image.fromarray(mean.astype(np.float32)).resize((size, size), Image.Resampling.BILINEAR) for mean in means
    ]
    stack = np.stack([np.asarray(image) for image in resized])
    ink = [np.nonzero(template > INK * template.max()) for template in stack]
    boxes = [(x.min(), y.min(), x.max() + 1, y.max() + 1) for y, x in ink]
    return _standardized(stack.reshape(len(means), -1)), np.array(boxes, dtype=np.float32)


def _standardized(rows: np.ndarray) -> np.ndarray:
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def _search(scene: np.ndarray, scales: list[tuple[np.ndarray, np.ndarray]], classes: Sequence[str]) -> Detections:
    padded = np.pad(scene, MARGIN, mode="edge")
    boxes, labels, scores = [], [], []
    for templates, ink in scales:
        size = int(np.sqrt(templates.shape[1]))
        windows = sliding_window_view(padded, (size, size))
        likeness = _standardized(windows.reshape(-1, size * size)) @ templates.T  # (places, K)
        label, score = likeness.argmax(axis=1), likeness.max(axis=1)
        at = np.flatnonzero(score >= LEAST)
        y, x = np.unravel_index(at, windows.shape[:2])
        boxes.append(ink[label[at]] + np.stack([x, y, x, y], axis=1).astype(np.float32) - MARGIN)
        labels.append(label[at])
        scores.append(score[at])
    every_box, every_label, every_score = np.concatenate(boxes), np.concatenate(labels), np.concatenate(scores)
    kept = suppress(every_box, every_score, most=OVERLAP)
    return Detections(
        tuple((x1, y1, x2, y2) for x1, y1, x2, y2 in every_box[kept].tolist()),
        tuple(classes[label] for label in every_label[kept]),
        tuple(every_score[kept].tolist()),
    )
