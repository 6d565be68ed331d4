"""What settings leave open gets a value before a training begins, and what they say stays."""

from collections.abc import Callable

import pytest

from penjing.training import measuring
from penjing.training.auto_budget import UNMEASURED
from penjing.training.execution import PLAIN
from penjing.training.job import Job
from penjing.training.measuring import with_execution
from penjing.training.session import fresh_network
from tests.training.conftest import Timed


def test_nothing_is_measured_anew_for_a_training_to_which_it_was_told(job: Callable[..., Job], timed: Timed) -> None:
    timed(lambda config: pytest.fail("a step was timed"))
    settled = {"precision": "bf16", "memory_format": "channels_last", "budget": "2epochs"}
    told = job(allocator="system", **settled)
    assert with_execution(told, fresh_network(told)).config == told.config


def test_a_light_network_runs_in_the_usual_way_for_as_long_as_its_data_allow(
    job: Callable[..., Job], timed: Timed, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed(lambda config: 1.0 if config.train.precision == "fp32" else pytest.fail("a way was tried"))
    monkeypatch.setattr(measuring, "HEAVY", 1e12)
    light = job(budget="auto", model="mlp")
    settled = with_execution(light, fresh_network(light)).config
    assert {name: settled.origins[name] for name in PLAIN} == PLAIN
    assert settled.train.budget == "10m"  # 60 passes of 19 steps would take 19 minutes


def test_a_rehearsal_takes_what_is_usual(job: Callable[..., Job], timed: Timed) -> None:
    timed(lambda config: pytest.fail("a step was timed"))
    rehearsed = job(budget="auto")
    usual = PLAIN | {"budget": UNMEASURED}
    origins = with_execution(rehearsed, fresh_network(rehearsed), measure=False).config.origins
    assert {name: origins[name] for name in usual} == usual


def test_a_heavy_network_runs_as_is_fastest_for_as_long_as_that_allows(job: Callable[..., Job], timed: Timed) -> None:
    timed(lambda config: 0.5 if config.train.precision == "bf16" else 1.0)
    heavy = job(budget="auto", allocator="system")
    settled = with_execution(heavy, fresh_network(heavy)).config
    assert (settled.train.precision, settled.train.memory_format) == ("bf16", "channels_last")
    assert settled.origins["budget"].why == "about 10 min at 128 pictures a second"  # 60 * 19 steps of 0.5 s


def test_a_budget_is_timed_where_there_was_nothing_to_try(job: Callable[..., Job], timed: Timed) -> None:
    timed(lambda config: 60.0)
    heavy = job(budget="auto", allocator="system", precision="fp32", memory_format="contiguous")
    assert with_execution(heavy, fresh_network(heavy)).config.train.budget == "10m"
