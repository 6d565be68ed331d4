"""Figures as people read them: no more digits than the interval supports."""

import math

PLAIN = range(-6, 9)  # powers of ten up to which figures are written out: beyond, zeros hide how large they are


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
    if not (width > 0 and math.isfinite(width) and math.isfinite(value)):
        return f"{value:{sign},.4g}"
    last = math.floor(math.log10(width)) - 1  # the power of ten of the last digit
    if math.floor(math.log10(max(abs(low), abs(high)))) not in PLAIN:
        return f"{value:{sign}.{max(math.floor(math.log10(abs(value))) - last, 0)}e}" if value else "0"
    return f"{value:{sign},.{max(-last, 0)}f}"


def interval(low: float, high: float, *, sign: str = "") -> str:
    """An interval with the digits that its width supports: `[0.980, 0.998]`."""
    return f"[{figure(low, low, high, sign=sign)}, {figure(high, low, high, sign=sign)}]"
