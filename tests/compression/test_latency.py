"""Timing side by side."""

from collections import Counter

import numpy as np
import pytest

from penjing.compression.latency import LEAST, MOST, interleaved, speedup


def test_moods_of_the_machine_cancel_in_pairs() -> None:
    moods = np.random.default_rng(0).uniform(1, 10, 100)
    found = speedup(3 * moods, 2 * moods)
    assert (found.value, found.low, found.high) == pytest.approx((1.5, 1.5, 1.5))


def test_noise_is_not_a_speedup() -> None:
    rng = np.random.default_rng(0)
    found = speedup(rng.lognormal(size=200), rng.lognormal(size=200))
    assert found.low < 1 < found.high


@pytest.mark.parametrize(("seconds", "rounds"), [(0.0, LEAST), (60.0, MOST)], ids=["no time", "all the time"])
def test_every_call_has_its_turn_in_every_round(seconds: float, rounds: int) -> None:
    order: list[str] = []
    times = interleaved({name: lambda name=name: order.append(name) for name in "abc"}, seconds=seconds)
    timed = order[3:]  # the first of each is not timed
    assert {name: len(values) for name, values in times.items()} == dict.fromkeys("abc", rounds)
    assert all(set(timed[i : i + 3]) == set("abc") for i in range(0, len(timed), 3))
    first = Counter(timed[::3])
    assert max(first.values()) - min(first.values()) <= 1
