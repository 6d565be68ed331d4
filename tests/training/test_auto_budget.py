"""A budget that is left open: sixty passes over the data, or ten minutes where they would take longer."""

from collections.abc import Callable

import pytest

from penjing.training.auto_budget import budget_at, epoch_seconds
from penjing.training.job import Job

STEPS = 1259 // 64  # of a pass over digits


@pytest.mark.parametrize(
    ("seconds", "budget", "told"),
    [
        (0.0001, "60epochs", "about 1 s at 640,000 pictures a second"),
        (0.01, "60epochs", "about 11 s at 6,400 pictures a second"),
        (600 / 60 / STEPS, "60epochs", "about 10 min at 122 pictures a second"),
        (1.0, "10m", f"about {600 / STEPS:.1f} passes over the data at 64 pictures a second"),
    ],
)
def test_it_is_as_long_as_is_of_use(job: Callable[..., Job], seconds: float, budget: str, told: str) -> None:
    choice = budget_at(job(), seconds)
    assert (choice.value, choice.origin, choice.why) == (budget, "measured here", told)


def test_a_batch_holds_no_more_pictures_than_there_are(job: Callable[..., Job]) -> None:
    assert budget_at(job(batch_size=5000), 1.0).why == "about 1 min at 1,259 pictures a second"


def test_a_pass_is_a_step_at_least(job: Callable[..., Job]) -> None:
    assert epoch_seconds(job(), 2.0) == 2.0 * STEPS
    assert epoch_seconds(job(batch_size=5000), 2.0) == 2.0
