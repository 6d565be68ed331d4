"""Axes: where a value stands, in percent of a plot, and which round values are written beside it.

The page draws its plots itself, with text in HTML and lines in an SVG that stretches: letters keep their size on a
phone, colors follow light and dark, and no plotting library is needed.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

MOST_TICKS = 6
LEAST_SPAN = 1e-300  # a share of a smaller one would be rounded to nothing
LOG_FROM = 10  # times the smallest value: what is larger hides it on a linear axis


class Tick(NamedTuple):
    """A round value on an axis."""

    at: float  # percent
    label: str


class Axis(NamedTuple):
    """From `low` at 0 % to `high` at 100 %."""

    low: float
    high: float
    is_log: bool = False
    is_whole: bool = False  # as steps are: nothing is written between two of them

    def place(self, value: float) -> float:
        """Where a value stands, in percent, to a hundredth."""
        low, high, at = (math.log(x) for x in (self.low, self.high, value)) if self.is_log else (*self[:2], value)
        return round(100 * (at - low) / (high - low), 2)

    @property
    def ticks(self) -> list[Tick]:
        """At most six round values."""
        if self.is_log:
            return [Tick(self.place(value), f"{value:,.10g}") for value in _log_values(self.low, self.high)]
        values = _linear_values(self.low, self.high, finest=1.0 if self.is_whole else 0.0)
        return [Tick(self.place(value), label) for value, label in zip(values, _even(values), strict=True)]


def axis_of(values: Iterable[float], *, is_log: bool = False, margin: float = 0.05) -> Axis:
    """The axis that holds all values, with a margin on both sides as a share of their span."""
    values = list(values)
    low, high = min(values), max(values)
    if is_log:
        factor = (high / low) ** margin if high > low else 2.0
        return Axis(low / factor, high * factor, is_log=True)
    span = high - low or abs(high)
    if span < LEAST_SPAN:
        span = 1.0
    return Axis(low - margin * span, high + margin * span)


def suits_log(values: Iterable[float]) -> bool:
    """Whether a logarithmic axis shows more of them: all are positive, and the largest is many times the smallest."""
    values = list(values)
    return min(values) > 0 and max(values) > LOG_FROM * min(values)


def _even(values: list[float]) -> list[str]:
    """All with as many decimals as the one that needs most, but for zero."""
    labels = [f"{value:,.10g}" for value in values]
    if any("e" in label for label in labels):
        return labels
    decimals = max(len(label.partition(".")[2]) for label in labels)
    return [f"{value:,.{decimals}f}" if value else "0" for value in values]


def _linear_values(low: float, high: float, *, finest: float = 0.0) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten: the finest that are few enough."""
    power = max(10.0 ** math.floor(math.log10((high - low) / MOST_TICKS)), finest)
    for step in (power, 2 * power, 5 * power, 10 * power):
        values = [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
        if len(values) <= MOST_TICKS:
            break
    return values


def _log_values(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten, fewer where the axis is long; a short one is ruled as a linear axis is."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for mantissas in ((1, 2, 5), (1, 3), (1,)):
        values = [m * 10.0**power for power in powers for m in mantissas if low <= m * 10.0**power <= high]
        if len(values) <= MOST_TICKS:
            break
    return values[:: math.ceil(len(values) / MOST_TICKS)] if len(values) > 1 else _linear_values(low, high)
