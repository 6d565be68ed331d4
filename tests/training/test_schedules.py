"""Schedules: those of PyTorch, as functions of the share of the budget."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from penjing.config import Train
from penjing.findings import PenjingError
from penjing.training.job import Job
from penjing.training.schedules import momentum, rate, set_rates

STEPS = 40


def torchs(
    make: Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler], steps: int
) -> tuple[list[float], list[float]]:
    """Rates and momenta of a scheduler of PyTorch before each step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5, momentum=0.9)
    scheduler = make(optimizer)
    rates, momenta = [], []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        scheduler.step()
    return rates, momenta


@pytest.mark.parametrize(
    ("train", "make"),
    [
        (Train(schedule="constant"), lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
        (Train(schedule="cosine"), lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS)),
        (Train(schedule="linear"), lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, STEPS)),
        (
            Train(schedule="step", milestones=(0.25, 0.5, 0.9), step_factor=0.3),
            lambda o: lr_scheduler.MultiStepLR(o, [10, 20, 36], 0.3),
        ),
    ],
    ids=["constant", "cosine", "linear", "step"],
)
def test_rates_are_those_of_torch(
    train: Train, make: Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]
) -> None:
    settled = Train(
        schedule=train.schedule, milestones=train.milestones, step_factor=train.step_factor, lr=0.5, warmup=0
    )
    ours = [rate(step / STEPS, settled) for step in range(STEPS)]
    assert ours == pytest.approx(torchs(make, STEPS)[0], abs=1e-12)


def test_one_cycle_is_that_of_torch_with_its_momentum() -> None:
    """PyTorch's last step stands at the end of the budget, ours one step before it: fractions are of STEPS - 1."""
    train = Train(schedule="onecycle", lr=0.5, peak=(0.3 * STEPS - 1) / (STEPS - 1), momentum=0.9)
    rates, momenta = torchs(
        lambda o: lr_scheduler.OneCycleLR(o, 0.5, STEPS, base_momentum=0.8, max_momentum=0.9), STEPS - 1
    )
    fractions = [step / (STEPS - 1) for step in range(STEPS - 1)]
    assert [rate(f, train) for f in fractions] == pytest.approx(rates, abs=1e-12)
    assert [momentum(f, train) for f in fractions] == pytest.approx(momenta, abs=1e-12)


@given(
    st.floats(0, 1),
    st.sampled_from(["cosine", "linear", "step", "onecycle", "constant"]),
    st.floats(0, 0.9),
    st.floats(0.01, 0.99),
)
def test_a_rate_stays_between_zero_and_its_peak(fraction: float, schedule: str, warmup: float, peak: float) -> None:
    train = Train(lr=0.5, schedule=schedule, warmup=warmup, peak=peak)  # type: ignore[arg-type]
    assert 0 <= rate(fraction, train) <= 0.5 * (1 + 1e-12)


def test_warm_up_rises_in_a_line_and_cosine_halves_midway() -> None:
    train = Train(lr=1.0, schedule="cosine", warmup=0.2)
    assert [rate(f, train) for f in (0.05, 0.1, 0.2)] == pytest.approx([0.25, 0.5, 1.0])
    assert rate(0.6, train) == pytest.approx(0.5)
    assert rate(1.0, train) == pytest.approx(0.0)


def test_groups_take_their_factor_and_momentum_moves_in_one_cycle_alone() -> None:
    a, b = (torch.zeros(1, requires_grad=True) for _ in range(2))
    optimizer = torch.optim.SGD([{"params": [a], "factor": 0.1}, {"params": [b]}], lr=1.0, momentum=0.9)
    assert set_rates(optimizer, 0.5, Train(lr=0.4, schedule="constant")) == 0.4
    assert [(group["lr"], group["momentum"]) for group in optimizer.param_groups] == [(0.4 * 0.1, 0.9), (0.4, 0.9)]
    set_rates(optimizer, 0.3, Train(lr=0.4, schedule="onecycle"))
    assert [group["momentum"] for group in optimizer.param_groups] == pytest.approx([0.8, 0.8])
    adamw = torch.optim.AdamW([a], lr=1.0)
    set_rates(adamw, 0.3, Train(lr=0.4, schedule="onecycle"))
    assert adamw.param_groups[0]["betas"] == (0.9, 0.999)


def test_milestones_can_be_typed(job: Callable[..., Job]) -> None:
    assert job(schedule="step", milestones="0.3,0.6").config.train.milestones == (0.3, 0.6)
    with pytest.raises(PenjingError, match="milestones"):
        job(schedule="step", milestones="30,60")
