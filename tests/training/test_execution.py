"""What is tried is what was left open and can matter here; a change is kept where it is a tenth faster or more."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from penjing.config import Config, Train
from penjing.training import execution
from penjing.training.execution import PLAIN, QUICK, changes, fastest_execution, left_open
from penjing.training.job import Job
from penjing.training.session import fresh_network
from tests.training.conftest import Timed


@pytest.fixture
def with_glibc_and_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where all changes can matter."""
    monkeypatch.setattr(execution, "can_keep", lambda: True)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)


@pytest.mark.usefixtures("with_glibc_and_cores")
def test_all_is_tried_where_all_is_open() -> None:
    assert changes(Train(device="cpu")) == [QUICK, {"allocator": "keep"}, {"threads": 1}]
    assert left_open(Train()) == PLAIN


@pytest.mark.usefixtures("with_glibc_and_cores")
def test_what_was_asked_for_is_not_tried() -> None:
    said = Train(device="cpu", precision="fp32", allocator="keep", threads=2)
    assert changes(said) == [{"memory_format": "channels_last"}]
    assert left_open(said).keys() == {"memory_format"}
    assert changes(Train(device="cpu", precision="fp32", memory_format="contiguous", allocator="keep", threads=2)) == []


def test_what_cannot_matter_here_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "can_keep", lambda: False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    assert changes(Train(device="cpu")) == [QUICK]


@pytest.mark.parametrize(
    ("seconds", "kept", "told"),
    [
        (0.5, "bf16", "a step takes 500 ms with precision=bf16, 1000 ms without"),
        (0.95, "fp32", "a step takes 950 ms with precision=bf16, 1000 ms without: less than a tenth faster"),
        (1.5, "fp32", "a step takes 1500 ms with precision=bf16, 1000 ms without"),
    ],
)
def test_what_is_clearly_faster_is_kept(
    job: Callable[..., Job], timed: Timed, seconds: float, kept: str, told: str
) -> None:
    timed(lambda config: seconds if config.train.precision == "bf16" else 1.0)
    one = job(allocator="system", memory_format="contiguous")
    best = fastest_execution(one, fresh_network(one))
    assert best.config.train.precision == kept
    assert (best.config.origins["precision"].origin, best.config.origins["precision"].why) == ("measured here", told)
    assert best.seconds == (seconds if kept == "bf16" else 1.0)


def test_each_change_is_tried_on_top_of_what_was_kept(
    job: Callable[..., Job], timed: Timed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "can_keep", lambda: True)
    timed(lambda config: (1.0 if config.train.precision == "fp32" else 0.5) / (1 + (config.train.allocator == "keep")))
    one = job()
    best = fastest_execution(one, fresh_network(one))
    assert (best.seconds, best.config.train.allocator) == (0.25, "keep")
    assert best.config.origins["allocator"].why == "a step takes 250 ms with allocator=keep, 500 ms without"


def test_a_step_is_timed_without_a_change_first(job: Callable[..., Job], timed: Timed) -> None:
    seen = list[str]()
    timed(lambda config: seen.append(config.train.precision) or 1.0)  # type: ignore[func-returns-value]
    one = job(allocator="system")
    fastest_execution(one, fresh_network(one))
    assert seen == ["fp32", "bf16"] * 3  # once on a part of the batch, twice on all of it


def test_a_moment_of_other_work_decides_nothing(job: Callable[..., Job], timed: Timed) -> None:
    times = iter([0.5, 9.0])  # of bf16: on a part of the batch, and the first on all of it
    timed(lambda config: next(times, 0.5) if config.train.precision == "bf16" else 1.0)
    one = job(allocator="system")
    assert fastest_execution(one, fresh_network(one)).config.train.precision == "bf16"


def test_a_way_without_hope_is_timed_on_a_part_of_the_batch_alone(job: Callable[..., Job], timed: Timed) -> None:
    def seconds(config: Config[Any]) -> float:
        if config.train.precision == "fp32":
            return config.train.batch_size / 64
        return 10 * config.train.batch_size / 64 if config.train.batch_size == 4 else pytest.fail("timed in full")

    timed(seconds)
    one = job(allocator="system", batch_size=64, accumulate=8)
    best = fastest_execution(one, fresh_network(one))
    assert (best.config.train.precision, best.config.train.batch_size, best.config.train.accumulate) == ("fp32", 64, 8)
    told = "a step takes 625 ms with precision=bf16, memory_format=channels_last, 62 ms without, on 4 examples"
    assert best.config.origins["precision"].why == told
    assert best.seconds is None
