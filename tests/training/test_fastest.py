"""A change is kept where it is a tenth faster or more, and the reason says the figures either way."""

from collections.abc import Callable

import pytest

from penjing.training import ways
from penjing.training.fastest import fastest
from penjing.training.job import Job
from penjing.training.session import fresh_network
from tests.training.conftest import Timed


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
    best = fastest(one, fresh_network(one))
    assert best.config.train.precision == kept
    assert (best.config.origins["precision"].origin, best.config.origins["precision"].why) == ("measured here", told)
    assert best.seconds == (seconds if kept == "bf16" else 1.0)


def test_each_change_is_tried_on_top_of_what_was_kept(
    job: Callable[..., Job], timed: Timed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "can_keep", lambda: True)
    timed(lambda config: (1.0 if config.train.precision == "fp32" else 0.5) / (1 + (config.train.allocator == "keep")))
    one = job()
    best = fastest(one, fresh_network(one))
    assert (best.seconds, best.config.train.allocator) == (0.25, "keep")
    assert best.config.origins["allocator"].why == "a step takes 250 ms with allocator=keep, 500 ms without"


def test_a_step_is_timed_without_a_change_first(job: Callable[..., Job], timed: Timed) -> None:
    seen = list[str]()
    timed(lambda config: seen.append(config.train.precision) or 1.0)  # type: ignore[func-returns-value]
    one = job(allocator="system")
    fastest(one, fresh_network(one))
    assert seen == ["fp32", "bf16"] * 2


def test_a_moment_of_other_work_decides_nothing(job: Callable[..., Job], timed: Timed) -> None:
    disturbed = iter([9.0])  # the first time that bf16 is timed
    timed(lambda config: next(disturbed, 0.5) if config.train.precision == "bf16" else 1.0)
    one = job(allocator="system")
    assert fastest(one, fresh_network(one)).config.train.precision == "bf16"
