"""A job on digits that trains in a second, and steps that take as long as a test says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from penjing.config import Config
from penjing.run import Run
from penjing.settling import asked
from penjing.training import execution, measuring, shared_execution
from penjing.training.job import Job, plan

Timed = Callable[[Callable[[Config[Any]], float]], None]


@pytest.fixture
def job() -> Callable[..., Job]:
    """`job(budget="20steps", lr=0.01)`: a plan of the plain path with these settings."""

    def make(**typed: Any) -> Job:
        return plan("sklearn:digits", asked({"threads": 1, "budget": "20steps"} | typed))

    return make


@pytest.fixture
def new_run(tmp_path: Path) -> Callable[[Job], Run]:
    """A run for a job, in a folder of its own."""
    count = iter(range(100))
    return lambda job: Run.create(tmp_path / f"run-{next(count)}", job.config, job.spec)


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> Timed:
    """`timed(seconds)`: every network is heavy enough to be measured, and a step takes `seconds(config)`."""

    def pretend(seconds: Callable[[Config[Any]], float]) -> None:
        def step_seconds(job: Job, network: nn.Module, config: Config[Any]) -> float:
            assert config.model == job.config.model
            return seconds(config)

        for module in (execution, measuring, shared_execution):
            monkeypatch.setattr(module, "step_seconds", step_seconds)
        for module in (measuring, shared_execution):
            monkeypatch.setattr(module, "HEAVY", 1)

    return pretend
