"""Grid: a folder of runs, one for each model and seed; grid.json says what was asked for all of them.

grid.json            what was asked, and measured for all, written before the first training
MODEL-seedN/         a run
failures.json        by run: what stood in its way, the last time it was tried
report.html
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from penjing import __version__, files
from penjing.config import FORMAT, Choice
from penjing.findings import Finding, stop
from penjing.run import Run


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What `train` is told for each run, but for its model, seed and folder."""

    format: int = FORMAT
    penjing: str = __version__
    source: str
    task: str | None
    models: tuple[str | None, ...]  # None: what the task chooses
    seeds: tuple[int, ...]
    settings: dict[str, Any]
    file: str | None  # of settings, copied into the grid
    settled: dict[str, Choice] = {}  # what the settings left open and the runs have in common, measured for all


class Cell(NamedTuple):
    """A place of the grid: one training."""

    model: str | None
    seed: int
    path: Path

    @property
    def is_begun(self) -> bool:
        """Whether there is a run to go on with."""
        return (self.path / "config.json").is_file()

    @property
    def is_done(self) -> bool:
        """Whether it was trained to its end and scored."""
        run = Run(self.path)
        return self.is_begun and run.is_finished and "test" in run.scores


class Grid:
    """A grid on disk; whether a run of it is done stands in that run, and nowhere else."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    @staticmethod
    def is_at(path: Path | str) -> bool:
        """Whether a folder holds a grid."""
        return (Path(path) / "grid.json").is_file()

    @classmethod
    def create(cls, path: Path, asked: Asked) -> "Grid":
        """Begin a grid in a new folder.

        Raises:
            PenjingError: `run-exists` where there is one; `same-folder`; `cannot-write`.
        """
        grid = cls(path)
        cls.refuse_existing(path)
        if asked.file is not None:
            copy = path / Path(asked.file).name
            files.write(copy, files.read(Path(asked.file)))  # what it says tomorrow is another matter
            asked = msgspec.structs.replace(asked, file=copy.name)
        files.write_json(path / "grid.json", asked)
        return grid

    @classmethod
    def refuse_existing(cls, path: Path) -> None:
        """Stop where the folder holds a grid or a run already.

        Raises:
            PenjingError: `run-exists`; `cannot-write` where a file lies in its place.
        """
        files.refuse_file(path)
        if cls.is_at(path) or (path / "config.json").exists():
            raise stop(
                "run-exists",
                f"{path} already holds a {'grid' if cls.is_at(path) else 'run'}",
                where=str(path),
                why="another one there would overwrite the first.",
                try_=f"penjing train --resume {path}, or another --out",
            )

    @property
    def asked(self) -> Asked:
        """What was asked."""
        return files.read_json(self.path / "grid.json", Asked)

    @property
    def file(self) -> Path | None:
        """Its own copy of the file of settings."""
        name = self.asked.file
        return self.path / name if name else None

    @property
    def cells(self) -> list[Cell]:
        """All runs, seed by seed, so that every model has its first before any has its second."""
        asked = self.asked
        return [Cell(model, seed, self.path / folder_of(model, seed)) for seed in asked.seeds for model in asked.models]

    @property
    def failures(self) -> dict[str, Finding]:
        """By the run's folder name: what stood in its way."""
        path = self.path / "failures.json"
        return files.read_json(path, dict[str, Finding]) if path.exists() else {}

    def write_failures(self, failures: Mapping[str, Finding]) -> None:
        """Keep them, whole."""
        files.write_json(self.path / "failures.json", failures)


def folder_of(model: str | None, seed: int) -> str:
    """A name that speaks: `resnet20-seed0`."""
    return f"{re.sub(r'[^A-Za-z0-9_.]+', '-', model).strip('-.') if model else 'chosen'}-seed{seed}"


def refuse_same(asked: Asked) -> None:
    """Stop where two runs would share a folder: a model or seed was given twice, or two names differ by signs alone.

    Raises:
        PenjingError: `given-twice`.
    """
    names: Sequence[str] = [folder_of(model, seed) for seed in asked.seeds for model in asked.models]
    for name in names:
        if names.count(name) > 1:
            raise stop(
                "given-twice",
                f"two trainings would be {name}",
                where=name,
                why="the second would overwrite the first.",
                try_="give each model and each seed once",
            )
