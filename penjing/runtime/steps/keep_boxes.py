"""Boxes with scores become the detections that are sure enough."""

from typing import Annotated, ClassVar

import msgspec
import numpy as np
from msgspec import Meta

from penjing.runtime.engine import Engine


class Detections(msgspec.Struct, frozen=True):
    """What was found in a picture, the surest first; empty where nothing was."""

    boxes_xyxy: tuple[tuple[float, float, float, float], ...]  # pixels of the raw input
    labels: tuple[str, ...]
    scores: tuple[float, ...]  # 0 to 1

    def __str__(self) -> str:
        found = zip(self.labels, self.scores, self.boxes_xyxy, strict=True)
        words = [
            f"{label} ({score:.0%}) at [{', '.join(f'{side:.0f}' for side in box)}]" for label, score, box in found
        ]
        return "; ".join(words) or "nothing found"


class KeepBoxes(msgspec.Struct, frozen=True, tag="keep-boxes"):
    """Reads the graph's outputs `boxes_xyxy` (M, 4) float32, `labels` (M,) int64 and `scores` (M,) float32."""

    adjustable: ClassVar = ("threshold",)

    classes: tuple[str, ...]
    threshold: Annotated[float, Meta(ge=0, le=1)]  # boxes that score less are left out

    def __call__(self, values: list[dict[str, np.ndarray]], engine: Engine) -> list[Detections]:
        """Outputs of a graph to detections."""
        return [self._keep(value["boxes_xyxy"], value["labels"], value["scores"]) for value in values]

    def _keep(self, boxes_xyxy: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> Detections:
        sure = scores >= self.threshold
        return Detections(
            tuple((x1, y1, x2, y2) for x1, y1, x2, y2 in boxes_xyxy[sure].tolist()),
            tuple(self.classes[label] for label in labels[sure].tolist()),
            tuple(scores[sure].tolist()),
        )
