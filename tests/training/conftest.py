"""A job on digits that trains in a second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penjing.run import Run
from penjing.settling import asked
from penjing.training.job import Job, plan


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
