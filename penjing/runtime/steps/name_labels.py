"""Probabilities become the labels that hold: none, one or several."""

from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from penjing.runtime.engine import Engine


class Labels(msgspec.Struct, frozen=True):
    """The labels that hold, and the probability of each there is, in the order of the classes."""

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]

    def __str__(self) -> str:
        return ", ".join(self.labels) or "no label"


class NameLabels(msgspec.Struct, frozen=True, tag="name-labels"):
    """Reads the graph's output `probabilities` (K,), of each label by itself."""

    classes: tuple[str, ...]
    thresholds: tuple[Annotated[float, Meta(ge=0, le=1)], ...]  # the probability from which each holds

    def __call__(self, values: list[dict[str, np.ndarray]], engine: Engine) -> list[Labels]:
        """Outputs of a graph to labels."""
        return [self._name(value["probabilities"]) for value in values]

    def _name(self, probabilities: np.ndarray) -> Labels:
        pairs = zip(self.classes, probabilities.tolist(), self.thresholds, strict=True)
        holding = tuple(name for name, probability, threshold in pairs if probability >= threshold)
        return Labels(holding, tuple(probabilities.tolist()))
