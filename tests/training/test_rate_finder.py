"""The rate finder: on curves whose answer is known, and on digits beside a grid."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from penjing.budget import Budget
from penjing.findings import PenjingError
from penjing.settling import asked
from penjing.tasks.task import Loss
from penjing.training import rate_finder
from penjing.training.job import Job, plan
from penjing.training.rate_finder import MOST_TRIALS, Trials, choose, found_rate, limit_of, steps_in
from penjing.training.session import fresh_network
from tests.training.test_gradients import trained

RATES = np.geomspace(1e-6, 10, 100)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.003, 0.03, 0.3, 3.0]), st.floats(0.0, 0.15))
def test_the_limit_of_a_noisy_sweep_is_near_the_rate_that_breaks_it(seed: int, breaks: float, noise: float) -> None:
    """Losses fall by two thirds in the decade and a half below the rate that breaks, then rise with its square."""
    fall = 1 / (1 + (RATES / (breaks / 30)) ** 1.5)
    losses = 2.3 * (0.3 + 0.7 * fall) + np.maximum((RATES / breaks) ** 2 - 1, 0)
    losses += noise * np.random.default_rng(seed).standard_normal(len(RATES))
    assert breaks / 3 < limit_of(RATES, losses) < 4 * breaks


def test_a_sweep_that_ends_early_or_never_breaks_has_a_limit() -> None:
    falling = np.linspace(2.3, 0.5, 100)
    assert limit_of(RATES, falling) == RATES[-1]
    assert limit_of(RATES[:60], falling[:60]) == RATES[59]
    assert limit_of(RATES[:0], falling[:0]) == 1e-6


@given(st.integers(0, 2**32 - 1))
def test_the_chosen_rate_is_near_the_valley_however_noisy_the_batches(seed: int) -> None:
    """Batches differ from each other three times as much as neighbouring rates; all trials see the same ones."""
    rng = np.random.default_rng(seed)
    batches = 0.3 * rng.standard_normal(40)
    rates = [0.01 * 2.0**k for k in range(-5, 6)]
    losses = {rate: 0.5 + 0.1 * np.log2(rate / 0.01) ** 2 + batches + 0.05 * rng.standard_normal(40) for rate in rates}
    assert 0.005 <= choose(losses) <= 0.02


def test_of_rates_that_noise_cannot_tell_apart_the_lowest_is_taken() -> None:
    noise = np.tile([0.1, -0.1], 20)
    assert choose({0.1: 1.0 + noise, 0.05: 1.005 - noise, 0.025: 1.5 + noise}) == 0.05


def test_rates_that_break_are_never_chosen_and_none_left_is_refused() -> None:
    broken = np.full(8, np.inf)
    assert choose({1.0: broken, 0.1: np.full(8, 2.0)}) == 0.1
    with pytest.raises(PenjingError, match="every rate"):
        choose({1.0: broken, 0.1: broken})


def test_a_budget_is_counted_in_steps() -> None:
    assert steps_in(Budget(30, "steps"), 7, 0.5) == 30
    assert steps_in(Budget(30, "epochs"), 7, 0.5) == 210
    assert steps_in(Budget(30, "seconds"), 7, 0.5) == 60


def test_no_more_rates_are_tried_than_was_said(job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> None:
    rates = iter(0.1**power for power in range(3, 9))  # each far from what was tried before: two new ones beside it
    monkeypatch.setattr(rate_finder, "choose", lambda tried: next(rates))
    monkeypatch.setattr(Trials, "sweep", lambda trials: (RATES, np.linspace(2.3, 0.5, 100), 0.1))
    monkeypatch.setattr(Trials, "losses", lambda trials, rate, steps: np.ones(steps))
    assert found_rate(job(model="mlp")).why.startswith(f"of {MOST_TRIALS} trials")


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "muon"])
def test_the_found_rate_trains_digits_about_as_well_as_the_best_of_a_grid(
    job: Callable[..., Job], optimizer: str
) -> None:
    common = {"optimizer": optimizer, "model": "mlp", "budget": "80steps"}
    random_state = torch.get_rng_state()
    planned = job(**common)
    network = fresh_network(planned)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    chosen = found_rate(planned, network)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random_state)
    assert (chosen.origin, "trials of 40 steps" in chosen.why) == ("measured here", True)

    def end(lr: float) -> float:
        return float(np.mean(trained(job(lr=lr, **common))[1][-20:]))

    grid = [end(lr) for lr in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)]
    assert end(chosen.value) < 1.3 * min(grid)
    assert end(chosen.value) < 0.5 * max(grid)


def test_where_every_rate_breaks_or_the_task_plays_it_is_refused(
    job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = job()
    monkeypatch.setattr(planned.task, "loss", lambda network, batch, *_: Loss(network(batch.x).sum() * float("nan")))
    with pytest.raises(PenjingError, match="break at every rate"):
        found_rate(planned)
    with pytest.raises(PenjingError, match="plays"):
        found_rate(plan("cartpole", asked({"threads": 1, "budget": "20steps"})))
