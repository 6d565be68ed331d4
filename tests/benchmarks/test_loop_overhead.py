"""The paired overhead, on timings whose answer is known."""

import numpy as np
import pytest

from benchmarks.loop import Estimate, Interleaved, Overhead, claim_of, overhead
from penjing.training.loop import Step


def step(number: int) -> Step:
    return Step(number, 0.0, {}, 0.0, 0.0, 0.0, 0.0, "")


def test_drift_of_the_machine_cancels() -> None:
    """A machine that slows down threefold over the run; ours takes 50 us more in each step."""
    times = np.linspace(5e-3, 15e-3, 81)  # when each block ran: ours, bare, ours, bare, ...
    measured = overhead((times[0:80:2] + 50e-6).tolist(), times[1:81:2].tolist())
    assert measured.extra_seconds.value == pytest.approx(50e-6, abs=1e-9)
    assert measured.extra_seconds.low == pytest.approx(measured.extra_seconds.high, abs=1e-9)
    assert measured.blocks == 39


def test_share_is_of_a_bare_step() -> None:
    measured = overhead([0.0103] * 10, [0.010] * 10)
    assert measured.extra_share.value == pytest.approx(0.03)
    assert measured.bare_seconds == 0.010


def test_one_slow_block_does_not_decide() -> None:
    ours = [0.0101] * 20
    ours[7] = 1.0
    assert overhead(ours, [0.010] * 20).extra_seconds.value == pytest.approx(100e-6)


def test_interval_covers_the_truth_in_noise() -> None:
    rng = np.random.default_rng(0)
    bare, ours = (rng.normal(mean, 2e-4, 200) for mean in (0.010, 0.0101))
    measured = overhead(ours.tolist(), bare.tolist())
    assert measured.extra_seconds.low < 100e-6 < measured.extra_seconds.high
    assert measured.extra_seconds.low > 0


@pytest.mark.parametrize(
    ("bare", "extra", "checkpoints", "reached"),
    [
        (0.005, 90e-6, 0.0, True),
        (0.005, 90e-6, 0.004, False),  # 20 us of checkpoints a step on top
        (0.030, 600e-6, 0.005, True),
        (0.030, 600e-6, 0.011, False),  # 2 % and 1.1 %
    ],
)
def test_claim_counts_checkpoints(bare: float, extra: float, checkpoints: float, *, reached: bool) -> None:
    seconds, share = Estimate(extra, extra, extra), Estimate(extra / bare, extra / bare, extra / bare)
    measured = Overhead(bare_seconds=bare, extra_seconds=seconds, extra_share=share, blocks=1)
    assert claim_of(measured, checkpoints)[1] is reached


def test_bare_blocks_repeat_the_steps_of_ours() -> None:
    ran: list[int] = []
    between = Interleaved(lambda first, steps: ran.extend(range(first, first + steps)), block=5)
    for number in range(1, 21):
        between(step(number))
    assert ran == list(range(20))
    assert len(between.our_seconds) == len(between.bare_seconds) == 4
