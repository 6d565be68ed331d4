"""Tracking: an observer that hands the log of a run to its trackers, each time a checkpoint of the training was saved.

It knows nothing but the run's folder. So no tracker holds a step that a resumed training would take again, and what was
saved but not handed on before a kill is caught up with.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import uuid4

import msgspec

from penjing import files
from penjing.evaluation.record import evaluations_of
from penjing.evaluation.scores import Score
from penjing.findings import Finding
from penjing.rules import in_order
from penjing.run import Run
from penjing.training.loop import Step
from penjing.training.trackers import Tracker, load

NOT_VALUES = {"step", "fraction", "seconds"}  # of a line of the log: where it stands
T = TypeVar("T")


class Followed(msgspec.Struct):
    """How far a tracker was told, and by what id it knows the run; kept in state/trackers.json."""

    id: str
    written: int = 0  # the last step


class Tracking:
    """Open for the time of a training, told last. A failing tracker is a finding, and the training goes on without it.

    Args:
        run: whose log is followed; its folder must be there when this is entered.
        names: of TRACKERS; with none, nothing is done.

    Raises:
        PenjingError: `unknown-tracker`, `not-installed`, what one refuses: at once, before there is a folder.
    """

    def __init__(self, run: Run, names: Sequence[str]) -> None:
        self.run = run
        self.findings: list[Finding] = []
        self._modules = load(names)
        self._open: dict[str, Tracker] = {}
        self._followed: dict[str, Followed] = {}
        self._saved: tuple[int, int] | None = None  # which file the checkpoint was, when the log was last read

    def __enter__(self) -> Self:
        if self._modules:
            checkpoint = self.run.checkpoint()
            settings = _settings(self.run)
            self._each("could not begin", self._modules, lambda name, _: self._begin(name, settings))
            self._follow(checkpoint[1]["step"] if checkpoint else 0)
        return self

    def __call__(self, step: Step) -> None:
        """Hand on what was logged, where the checkpoint after this step was saved."""
        if self._open and _file(self.run.checkpoint_path) != self._saved:
            self._follow(step.step)

    def __exit__(self, kind: type[BaseException] | None, *failure: object) -> None:
        def close(name: str, open: Tracker) -> None:
            open.close(self._followed[name].written, {} if kind else _final_scores(self.run))

        self._each("could not end", self._open, close)
        self._open.clear()
        if self.findings:
            self.run.write_findings(in_order([*self.run.findings, *self.findings]))

    @property
    def _memory(self) -> Path:
        return self.run.path / "state" / "trackers.json"

    def _begin(self, name: str, settings: Mapping[str, Any]) -> None:
        if not self._followed and self._memory.exists():
            self._followed = files.read_json(self._memory, dict[str, Followed])
        followed = self._followed.setdefault(name, Followed(uuid4().hex[:8]))
        tracker = self._modules[name].begin(self.run.path, followed.id, settings, followed.written)
        followed.written = tracker.holds
        self._open[name] = tracker
        files.write_json(self._memory, self._followed)

    def _follow(self, step: int) -> None:
        """Hand on the log up to this step."""
        self._saved = _file(self.run.checkpoint_path)
        self._each("failed", self._open, lambda name, open: self._write(self._followed[name], open, step))

    def _write(self, followed: Followed, tracker: Tracker, most: int) -> None:
        rows = [(step, values) for step, values in rows_of(self.run.log) if followed.written < step <= most]
        for step, values in rows:
            tracker.write(step, values)
        if rows:
            tracker.flush()
            followed.written = rows[-1][0]
            files.write_json(self._memory, self._followed)

    def _each(self, failed: str, things: Mapping[str, T], act: Callable[[str, T], None]) -> None:
        """Act on each; one that fails is left out from there, and that is found."""
        for name, thing in list(things.items()):
            try:
                act(name, thing)
            except Exception as error:  # noqa: BLE001  whatever a tracker does, the training goes on
                self._leave_out(name, failed, error)

    def _leave_out(self, name: str, failed: str, error: Exception) -> None:
        self._open.pop(name, None)
        self.findings.append(
            Finding(
                rule="tracker-failed",
                severity="warning",
                what=f"the tracker {name} {failed} and was left out from there: {type(error).__name__}: {error}",
                where=str(self.run.path),
                why="the training and its own log are whole; only what this tracker shows is cut short.",
                try_=f"penjing report {self.run.path}  shows the same curves",
            )
        )


def rows_of(log: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, dict[str, float]]]:
    """What a log tells of each of its steps, by names such as `train/loss` and `validation/accuracy`."""
    for step, lines in groupby(log, lambda line: int(line["step"])):
        values = {name: value for line in lines for name, value in _named(line) if isinstance(value, int | float)}
        yield step, values  # a value that was not finite is null in the log, and missing here


def _named(line: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "validation" in line:
        name = f"validation/{line['name']}"
        yield from ((name, line["validation"]), (f"{name} low", line["low"]), (f"{name} high", line["high"]))
    else:
        yield from ((f"train/{key}", value) for key, value in line.items() if key not in NOT_VALUES)


def _settings(run: Run) -> dict[str, Any]:
    config = run.config
    settings = {name: choice.value for name, choice in config.origins.items()}
    return {"task": config.task, **settings, "data_fingerprint": config.data_fingerprint, "penjing": config.penjing}


def _final_scores(run: Run) -> dict[str, float]:
    """Those of the test split with their intervals; empty before it was scored."""
    scored = evaluations_of(run).get("test")
    scores: tuple[Score, ...] = (scored.scores.primary, *scored.scores.others) if scored else ()
    return {
        f"test/{score.name}{suffix}": value
        for score in scores
        for suffix, value in (("", score.value), (" low", score.low), (" high", score.high))
    }


def _file(path: Path) -> tuple[int, int] | None:
    """What tells one writing of a file from the next."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns
