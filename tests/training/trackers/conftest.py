"""A run that was trained and scored, as a tracker meets it at its end."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from penjing.run import Run
from penjing.training.trackers.tracking import Tracking


@pytest.fixture
def tracked(digits_run: Path, tmp_path: Path) -> Callable[[str], Run]:
    """`tracked("wandb")`: that run, its log handed on to the tracker and the tracker closed."""

    def track(name: str) -> Run:
        run = Run(shutil.copytree(digits_run, tmp_path / "run"))
        with Tracking(run, [name]) as tracking:
            pass  # all that was saved is caught up with
        assert tracking.findings == []
        return run

    return track
