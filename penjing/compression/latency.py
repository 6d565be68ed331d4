"""How long calls take beside each other: rounds in which each is called once, so that a busy moment hits all alike."""

import time
from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from penjing.evaluation.intervals import percentiles, resamples

LEAST, MOST = 15, 400  # rounds


class Speedup(msgspec.Struct, frozen=True):
    """How many times faster, the median over rounds, with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f}x [{self.low:.2f}, {self.high:.2f}]"


def interleaved(calls: Mapping[str, Callable[[], object]], *, seconds: float) -> dict[str, np.ndarray]:
    """Seconds of each call in each round, (rounds,) float64 by name.

    Args:
        calls: what to time.
        seconds: for all rounds together; LEAST rounds are done in any case, MOST at the most.
    """
    names = list(calls)
    for call in calls.values():
        call()  # memory is laid out in the first call
    times: dict[str, list[float]] = {name: [] for name in names}
    begun, rounds = time.perf_counter(), 0
    while rounds < LEAST or (rounds < MOST and time.perf_counter() - begun < seconds):
        for i in range(len(names)):
            name = names[(rounds + i) % len(names)]  # each goes first equally often
            started = time.perf_counter()
            calls[name]()
            times[name].append(time.perf_counter() - started)
        rounds += 1
    return {name: np.array(values) for name, values in times.items()}


def speedup(reference: np.ndarray, times: np.ndarray) -> Speedup:
    """The reference's time over ours, round by round: paired, so that the machine's moods cancel."""
    ratios = reference / times
    low, high = percentiles(resamples(len(ratios), lambda at: float(np.median(ratios[at]))))
    return Speedup(float(np.median(ratios)), low, high)
