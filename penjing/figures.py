"""Figures as people read them: no more digits than the interval supports."""

import math


def figure(value: float, low: float, high: float, *, sign: str = "") -> str:
    """A value that is known to an interval: digits down to the second one of its width, for below that is noise.

    Args:
        value: to be written.
        low: of the interval.
        high: of the interval; where it has no width, four digits are written.
        sign: "+" writes the sign of positive values too.
    """
    if value == 0:
        sign = ""
    width = high - low
    if not (width > 0 and math.isfinite(width)):
        return f"{value:{sign},.4g}"
    return f"{value:{sign},.{max(1 - math.floor(math.log10(width)), 0)}f}"


def interval(low: float, high: float, *, sign: str = "") -> str:
    """An interval with the digits that its width supports: `[0.980, 0.998]`."""
    return f"[{figure(low, low, high, sign=sign)}, {figure(high, low, high, sign=sign)}]"
