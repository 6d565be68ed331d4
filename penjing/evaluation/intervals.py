"""How far a score could be off: 95 % intervals, and paired ones for differences. No torch."""

import math
from collections.abc import Callable

import numpy as np

from penjing.randomness import generator

DRAWS = 1000
Z = 1.959963984540054  # the normal's 97.5 % quantile


def resamples(n: int, statistic: Callable[[np.ndarray], float], draws: int = DRAWS) -> np.ndarray:
    """The statistic of `draws` bootstrap resamples of n examples, (draws,) float64.

    Draw r takes the same examples in every call with the same n, whatever is scored: so two methods scored on the same
    examples are compared draw by draw, and the difference is paired.

    Args:
        n: examples.
        statistic: indices (n,) with repetition -> the score of those examples.
        draws: resamples.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentile intervals).
    """
    return np.array([statistic(generator(0, f"bootstrap {n}", draw).integers(0, n, n)) for draw in range(draws)])


def percentiles(values: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of bootstrap values."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share; sound near 0 and 1, where the bootstrap's is too narrow.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927.
    """
    share = successes / n
    center = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return max(center - half, 0.0), min(center + half, 1.0)
