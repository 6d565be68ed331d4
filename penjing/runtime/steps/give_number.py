"""A graph's output becomes a number with the interval that it is likely to lie in."""

import msgspec
import numpy as np

from penjing.runtime.engine import Engine


class Number(msgspec.Struct, frozen=True):
    """A number, what it is called, and its 90 % interval; None where nothing was there to find the interval from."""

    value: float
    name: str
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        words = f"{self.name} {self.value:.4g}"
        return words if self.low is None or self.high is None else f"{words} [{self.low:.4g}, {self.high:.4g}]"


class GiveNumber(msgspec.Struct, frozen=True, tag="give-number"):
    """Reads the graph's output `value` () or (1,)."""

    name: str
    margin: float | None = None  # to either side, in the number's unit

    def __call__(self, values: list[dict[str, np.ndarray]], engine: Engine) -> list[Number]:
        """Outputs of a graph to numbers."""
        return [self._give(float(value["value"].reshape(-1)[0])) for value in values]

    def _give(self, value: float) -> Number:
        if self.margin is None:
            return Number(value, self.name)
        return Number(value, self.name, value - self.margin, value + self.margin)
