"""What runs steps of a job before its training runs them as the training will: with its threads, and its allocator."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import torch

from penjing.training import devices
from penjing.training.job import Job
from penjing.training.rate_finder import found_rate
from penjing.training.rehearsal import rehearse
from penjing.training.session import fresh_network
from penjing.training.step_time import step_seconds


@pytest.mark.parametrize(
    "runs_steps",
    [
        lambda job: step_seconds(job, fresh_network(job), job.config),
        found_rate,
        rehearse,
    ],
    ids=["step_seconds", "found_rate", "rehearse"],
)
def test_steps_before_the_training_run_as_in_it(
    job: Callable[..., Job], runs_steps: Callable[[Job], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int]] = []

    @contextmanager
    def freed_memory(allocator: str) -> Iterator[None]:
        seen.append((allocator, torch.get_num_threads()))
        yield

    monkeypatch.setattr(devices, "freed_memory", freed_memory)
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    runs_steps(job(threads=1, allocator="system", budget="40steps"))
    assert seen == [("system", 1)]
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)
