"""A graph's output becomes a number with the interval that it is likely to lie in."""

import msgspec
import numpy as np

from penjing.figures import figure, interval
from penjing.runtime.engine import Engine


class Number(msgspec.Struct, frozen=True):
    """A number, what it is called, and its 90 % interval; None where nothing was there to find the interval from."""

    value: float
    name: str
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.in_figures}"

    @property
    def in_figures(self) -> str:
        """The number and its interval, with the digits that the interval supports: `0.283 [0.254, 0.311]`."""
        if self.low is None or self.high is None:
            return f"{self.value:.4g}"
        return f"{figure(self.value, self.low, self.high)} {interval(self.low, self.high)}"


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
