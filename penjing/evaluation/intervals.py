"""How far a score could be off: 95 % intervals, and paired ones for differences. No torch."""

import math
from collections.abc import Callable

import numpy as np

from penjing.randomness import generator

DRAWS = 1000
TELLS_BIAS = 3.0  # standard errors of the mean of the draws: less may be their noise
Z = 1.959963984540054  # the normal's 97.5 % quantile


def resamples(n: int, statistic: Callable[[np.ndarray], float], draws: int = DRAWS) -> np.ndarray:
    """The statistic of `draws` bootstrap resamples of n examples, (draws,) float64.

    Draw r takes the same examples in every call with the same n, whatever is scored: so two methods scored on the same
    examples are compared draw by draw, and the difference is paired.

    Args:
        n: examples.
        statistic: indices (n,) with repetition -> the score of those examples.
        draws: resamples.

    Source: Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 1979.
    """
    return np.array([statistic(generator(0, f"bootstrap {n}", draw).integers(0, n, n)) for draw in range(draws)])


def percentiles(values: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of bootstrap values."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def bias_of(draws: np.ndarray, value: float) -> float:
    """How far the draws lie above the statistic of the examples; 0 where so few draws cannot tell that from chance.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 10.
    """
    bias = float(draws.mean()) - value
    return bias if abs(bias) > TELLS_BIAS * draws.std() / math.sqrt(len(draws)) else 0.0


def bootstrap_interval(
    draws: np.ndarray, value: float, within: tuple[float, float] = (-math.inf, math.inf)
) -> tuple[float, float]:
    """The 95 % interval of a statistic: the middle 95 % of its draws, corrected for their bias.

    A resample holds examples several times, and a ranking is flattered by that: the average precision of resamples lies
    above that of the examples. The examples' own score is too high by about the same amount, so the draws are shifted
    by twice their bias. A mean has none.

    Args:
        draws: (draws,), the statistic of each resample, see `resamples`.
        value: the statistic of the examples themselves, which lies inside the interval.
        within: the least and the most that the statistic can be.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 10 (bias) and 13 (percentiles).
    """
    low, high = percentiles(draws)
    if bias := bias_of(draws, value):
        low, high = np.clip([low - 2 * bias, high - 2 * bias], *within).tolist()
    return min(low, value), max(high, value)


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share; sound near 0 and 1, where the bootstrap's is too narrow.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927.
    """
    share = successes / n
    center = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return max(center - half, 0.0), min(center + half, 1.0)
