"""How far a score could be off: 95 % intervals, and paired ones for differences. No torch.

Examples that belong together, such as the frames of a film or the pictures of a patient, are like one another: a
thousand frames of four films tell little more than four. Where it is known which do, groups are drawn, not examples.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from penjing.randomness import generator

DRAWS = 1000
TELLS_BIAS = 3.0  # standard errors of the mean of the draws: less may be their noise
ROUNDING = 1e-12  # of the value: less is what adding up in another order leaves
Z = 1.959963984540054  # the normal's 97.5 % quantile

Groups = np.ndarray | None  # (N,) integers, equal where examples belong together; None: each stands for itself


def resamples(
    n: int, statistic: Callable[[np.ndarray], float], draws: int = DRAWS, groups: Groups = None
) -> np.ndarray:
    """The statistic of `draws` bootstrap resamples of n examples, or of their groups, (draws,) float64.

    Draw r takes the same examples in every call with the same n and groups, whatever is scored: so two methods scored
    on the same examples are compared draw by draw, and the difference is paired. Draws of groups are spread by what so
    few of them leave unknown (`few_groups`).

    Args:
        n: examples.
        statistic: indices with repetition, (n,) or as many as the groups drawn hold -> the score of those examples.
        draws: resamples.
        groups: of the examples; at least two.

    Source: Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 1979; of groups: Davison and
    Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8.
    """
    values = np.array([statistic(at) for at in _drawn(n, draws, groups)])
    if groups is None:
        return values
    return values.mean() + (values - values.mean()) * few_groups(len(np.unique(groups)))


def _drawn(n: int, draws: int, groups: Groups) -> Iterator[np.ndarray]:
    """The examples of each resample."""
    if groups is None:
        yield from (generator(0, f"bootstrap {n}", draw).integers(0, n, n) for draw in range(draws))
        return
    order = np.argsort(groups, kind="stable")  # examples, group after group
    first, sizes = np.unique(groups[order], return_index=True, return_counts=True)[1:]
    for draw in range(draws):
        drawn = generator(0, f"bootstrap {len(sizes)} groups", draw).integers(0, len(sizes), len(sizes))
        before = np.cumsum(sizes[drawn]) - sizes[drawn]  # examples of the groups drawn earlier
        yield order[np.arange(sizes[drawn].sum()) + np.repeat(first[drawn] - before, sizes[drawn])]


def several(groups: Groups) -> Groups:
    """The groups where there are at least two: one alone does not tell how far groups differ."""
    return groups if groups is not None and len(groups) and (groups != groups[0]).any() else None


def few_groups(count: int) -> float:
    """How much wider an interval is for being estimated from so few groups: 1.9 for four, 1.1 for twenty.

    The root of count / (count - 1), by which a bootstrap's spread is too small, times Student's quantile with count - 1
    degrees of freedom over the normal's.
    """
    from scipy.stats import t

    return math.sqrt(count / (count - 1)) * float(t.ppf(0.975, count - 1)) / Z


def percentiles(values: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of bootstrap values."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def bias_of(draws: np.ndarray, value: float) -> float:
    """How far the draws lie above the statistic of the examples; 0 where so few draws cannot tell that from chance.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 10.
    """
    bias = float(draws.mean()) - value
    least = max(TELLS_BIAS * draws.std() / math.sqrt(len(draws)), ROUNDING * abs(value))
    return bias if abs(bias) > least else 0.0


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
    bias = bias_of(draws, value)
    low, high = np.clip([end - 2 * bias for end in percentiles(draws)], *within).tolist()
    return min(low, value), max(high, value)


def wilson(successes: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a share; sound near 0 and 1, where the bootstrap's is too narrow.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927.
    """
    share = successes / n
    center = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return max(center - half, 0.0), min(center + half, 1.0)


def independent_examples(right: np.ndarray, groups: np.ndarray) -> float:
    """So many examples that each stand for themselves tell as much of a share as these do in their groups.

    The examples over what groups multiply the variance by, and by what so few groups leave unknown; where all examples
    are right, or all wrong, as many as there are groups.

    Args:
        right: (N,) 0 or 1.
        groups: (N,) integers; at least two groups.

    Source: Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data", Survey Methodology 1998.
    """
    share, group = right.mean(), np.unique(groups, return_inverse=True)[1]
    apart = np.bincount(group, weights=right - share) / len(right)  # what each group adds to the mean
    if not 0 < share < 1:
        return float(len(apart))
    variance = float((apart**2).sum()) * few_groups(len(apart)) ** 2
    return min(float(share * (1 - share)) / variance, len(right)) if variance else float(len(right))
