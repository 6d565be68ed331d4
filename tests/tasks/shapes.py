"""Small pictures of shapes, with several labels or one number each, and jobs on them without a reader."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from penjing.data.dataset import Dataset, Split, Truth
from penjing.settling import asked
from penjing.training import job as jobs
from penjing.training.job import Job

SIDE = 16
SHAPES = ("disk", "bar", "frame")


def labelled(n: int = 480) -> Dataset:
    """Each of three shapes stands in a picture or not: (N, 3) bool; the frame rarely."""
    rng = np.random.default_rng(0)
    holds = rng.random((n, 3)) < (0.5, 0.4, 0.15)
    pictures = rng.integers(0, 60, (n, SIDE, SIDE, 1))
    for picture, (disk, bar, frame) in zip(pictures, holds, strict=True):
        if disk:
            picture[disk_at(rng.integers(4, 9), rng.integers(4, 12), 3.5)] += 120
        if bar:
            picture[:, rng.integers(2, 12) :][:, :2] += 120
        if frame:
            picture[[0, -1]] += 120
    return divided(pictures.clip(0, 255).astype(np.uint8), holds, "labels", SHAPES)


def numbered(n: int = 480) -> Dataset:
    """The number is 100 plus the radius of a disk."""
    rng = np.random.default_rng(0)
    radii = rng.uniform(1, 6, n)
    pictures = rng.integers(0, 60, (n, SIDE, SIDE, 1))
    for picture, radius in zip(pictures, radii, strict=True):
        picture[disk_at(8, 8, radius)] += 150
    return divided(pictures.astype(np.uint8), (100 + radii).astype(np.float32), "number", ("radius",))


def disk_at(row: int, column: int, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    inside: np.ndarray = (rows - row) ** 2 + (columns - column) ** 2 <= radius**2
    return inside


def divided(pictures: np.ndarray, truths: np.ndarray, truth: Truth, classes: tuple[str, ...]) -> Dataset:
    parts = np.split(np.arange(len(pictures)), [len(pictures) // 2, len(pictures) * 3 // 4])
    splits = {
        name: Split(pictures[at], truths[at], [f"shapes #{i}" for i in at])
        for name, at in zip(("train", "validation", "test"), parts, strict=True)
    }
    return Dataset("shapes", "pictures", splits, classes, truth)


def read_as(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every source be read as this data set."""

    class Reader:
        form = "pictures"
        heeds = frozenset[str]()

        def read(self, settings: Any) -> Dataset:
            return data

    monkeypatch.setattr(jobs, "reader_of", lambda source: Reader())


def job_on(data: Dataset, monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, Any], task: str | None = None) -> Job:
    """A job on a data set that no reader reads."""
    read_as(data, monkeypatch)
    named = {} if task is None else {"task": task}
    return jobs.plan("shapes", asked({"threads": 1, **named, **settings}))
