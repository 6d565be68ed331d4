"""Probabilities become a class with its name."""

import msgspec
import numpy as np

from penjing.runtime.engine import Engine


class Classification(msgspec.Struct, frozen=True):
    """The likeliest class; all probabilities in the order of the classes."""

    label: str
    probability: float
    probabilities: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.label}  ({self.probability:.1%})"


class NameClass(msgspec.Struct, frozen=True, tag="name-class"):
    """Reads the graph's output `probabilities` (K,)."""

    classes: tuple[str, ...]

    def __call__(self, values: list[dict[str, np.ndarray]], engine: Engine) -> list[Classification]:
        """Outputs of a graph to classifications."""
        return [self._name(value["probabilities"]) for value in values]

    def _name(self, probabilities: np.ndarray) -> Classification:
        best = int(probabilities.argmax())
        return Classification(self.classes[best], float(probabilities[best]), tuple(probabilities.tolist()))
