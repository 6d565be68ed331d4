"""Tracking: the log arrives whole and once, whatever is killed; a tracker that fails costs nothing but itself."""

import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from penjing.findings import PenjingError
from penjing.run import Run
from penjing.settling import asked
from penjing.training import trackers
from penjing.training.job import Job, plan
from penjing.training.loop import Step
from penjing.training.session import fit_run, fresh_network
from penjing.training.trackers.tracking import Tracking, rows_of

QUIET = Console(file=io.StringIO())


class Paper:
    """A tracker that keeps what it is told; where `breaks` names a method, that one fails."""

    def __init__(self, breaks: str = "") -> None:
        self.rows: list[tuple[int, dict[str, float]]] = []
        self.breaks, self.began, self.scores = breaks, list[tuple[str, int]](), {"not": 0.0}
        self.forgets, self.holds = False, 0  # whether it loses all at a kill

    def refuse(self) -> None:
        """Nothing."""

    def begin(self, run: Path, id: str, settings: Mapping[str, Any], written: int) -> "Paper":
        self._fail("begin")
        self.began.append((id, written))
        self.holds = 0 if self.forgets else written
        return self

    def write(self, step: int, values: Mapping[str, float]) -> None:
        self._fail("write")
        self.rows.append((step, dict(values)))

    def flush(self) -> None:
        self._fail("flush")

    def close(self, step: int, scores: Mapping[str, float]) -> None:
        self._fail("close")
        self.scores = dict(scores)

    def _fail(self, method: str) -> None:
        if method == self.breaks:
            raise OSError("no more paper")


@pytest.fixture
def papers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Paper]]:
    """`papers("write", "")`: trackers named paper0, paper1 ... in place of those there are."""

    def put(*breaks: str) -> list[Paper]:
        made = [Paper(method) for method in breaks]
        monkeypatch.setattr(trackers, "TRACKERS", {f"paper{i}": "" for i in range(len(made))})
        for i, paper in enumerate(made):
            monkeypatch.setitem(sys.modules, f"penjing.training.trackers.paper{i}", paper)  # type: ignore[arg-type]
        return made

    return put


@pytest.fixture
def run(digits_run: Path, tmp_path: Path) -> Run:
    """A run that has just begun."""
    (tmp_path / "run").mkdir()
    for name in ("config.json", "spec.json"):
        (tmp_path / "run" / name).write_bytes((digits_run / name).read_bytes())
    begun = Run(tmp_path / "run")
    begun.write_findings([])
    return begun


def take(tracking: Tracking, run: Run, first: int, last: int, saved: tuple[int, ...], *, told: bool = True) -> None:
    """The steps of a training: each is logged, some are saved, and then the observer is told of them."""
    checkpoint = run.checkpoint()
    lines = [line for line in run.log if line["step"] <= (checkpoint[1]["step"] if checkpoint else 0)]
    for step in range(first, last + 1):
        lines.append({"step": step, "loss": 1 / step, "fraction": step / 20, "seconds": 0.1})
        if step in saved:
            run.write_log(lines)
            run.write_checkpoint({"weight": np.zeros(1)}, {"step": step})
        if told or step < last:
            tracking(Step(step, 1 / step, {}, 0.1, 1.0, step / 20, 0.1, ""))


def killed(run: Run, name: str, last: int, saved: tuple[int, ...], *, told: bool = True) -> None:
    """A training that dies at a step: its trackers are never closed."""
    tracking = Tracking(run, [name])
    tracking.__enter__()
    take(tracking, run, 1, last, saved, told=told)


@pytest.mark.parametrize(
    ("saved", "told", "checkpoint"),
    [((2, 5, 8), True, 8), ((2, 9), False, 9), ((), True, 0), (tuple(range(1, 10)), True, 9)],
    ids=["checkpoints now and then", "killed between a checkpoint and its telling", "no checkpoint yet", "one a step"],
)
def test_killed_and_resumed_every_step_arrives_once(
    run: Run, papers: Callable[..., list[Paper]], saved: tuple[int, ...], told: bool, checkpoint: int
) -> None:
    [paper] = papers("")
    killed(run, "paper0", 9, saved, told=told)
    with Tracking(run, ["paper0"]) as tracking:
        take(tracking, run, checkpoint + 1, 20, saved=(14, 20))
    assert [step for step, _ in paper.rows] == list(range(1, 21))
    (first, begun), (second, went_on) = paper.began
    assert first == second  # the same run there
    assert (begun, went_on) == (0, checkpoint if told else 2)


def test_a_tracker_that_lost_what_it_was_told_is_told_all_again(run: Run, papers: Callable[..., list[Paper]]) -> None:
    [paper] = papers("")
    paper.forgets = True
    killed(run, "paper0", 9, saved=(5, 9))
    paper.rows.clear()
    with Tracking(run, ["paper0"]) as tracking:
        take(tracking, run, 10, 20, saved=(20,))
    assert [step for step, _ in paper.rows] == list(range(1, 21))


def test_what_is_not_saved_yet_is_not_told(run: Run, papers: Callable[..., list[Paper]]) -> None:
    [paper] = papers("")
    killed(run, "paper0", 9, saved=(4,))
    assert [step for step, _ in paper.rows] == [1, 2, 3, 4]


def test_a_row_a_step_with_parts_and_interval_and_without_what_is_not_finite() -> None:
    place = {"step": 3, "fraction": 0.1, "seconds": 2.0}
    score = {"validation": 0.5, "low": 0.4, "high": 0.6, "name": "AP50"}
    lines = [place | {"loss": None, "boxes": 0.25, "lr": 0.1}, place | score]
    values = {"train/boxes": 0.25, "train/lr": 0.1}
    values |= {"validation/AP50": 0.5, "validation/AP50 low": 0.4, "validation/AP50 high": 0.6}
    assert list(rows_of(lines)) == [(3, values)]


def test_failing_trackers_are_findings_and_change_no_weight_and_no_other_tracker(
    job: Callable[..., Job], new_run: Callable[[Job], Run], papers: Callable[..., list[Paper]]
) -> None:
    made = papers("begin", "write", "flush", "close", "")
    planned = job(save_every=1e-9, evaluations=2)
    alone, tracked = new_run(planned), new_run(planned)
    fit_run(planned, fresh_network(planned), alone, QUIET)
    with Tracking(tracked, [f"paper{i}" for i in range(5)]) as tracking:
        fit_run(planned, fresh_network(planned), tracked, QUIET, also=[tracking])
    last = Path("weights") / "last.safetensors"
    assert (tracked.path / last).read_bytes() == (alone.path / last).read_bytes()
    failed = [found for found in tracked.findings if found.rule == "tracker-failed"]
    assert len(failed) == len(tracking.findings) == 4
    for i, found in enumerate(sorted(failed, key=lambda found: found.what)):
        assert f"paper{i}" in found.what
        assert "no more paper" in found.what
    assert [found.rule for found in tracked.findings if found not in failed] == [found.rule for found in alone.findings]
    assert made[-1].rows == list(rows_of(tracked.log))
    assert [step for step, _ in made[-1].rows] == list(range(1, 21))


def test_a_damaged_memory_of_trackers_ends_no_resumed_training(run: Run, papers: Callable[..., list[Paper]]) -> None:
    papers("")
    killed(run, "paper0", 5, saved=(5,))
    (run.path / "state" / "trackers.json").write_text("half of it")
    with Tracking(run, ["paper0"]) as tracking:
        take(tracking, run, 6, 8, saved=(8,))
    assert [found.rule for found in run.findings] == ["tracker-failed"]


def test_a_training_that_fails_closes_its_trackers_without_scores(run: Run, papers: Callable[..., list[Paper]]) -> None:
    [paper] = papers("")
    with pytest.raises(ZeroDivisionError), Tracking(run, ["paper0"]):
        _ = 1 / 0
    assert paper.scores == {}


def test_an_unknown_tracker_and_a_missing_library_are_refused_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PenjingError, match="did you mean `tensorboard`"):
        Tracking(Run(tmp_path / "run"), ["tensorbord"])
    monkeypatch.delitem(sys.modules, "penjing.training.trackers.wandb", raising=False)
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(PenjingError) as caught:
        Tracking(Run(tmp_path / "run"), ["wandb"])
    assert caught.value.finding.rule == "not-installed"
    assert "pip install 'penjing[track]'" in caught.value.finding.try_
    assert not (tmp_path / "run").exists()


def test_several_trackers_are_typed_with_commas() -> None:
    config = plan("sklearn:digits", asked({"track": "tensorboard,wandb"})).config
    assert config.train.track == ("tensorboard", "wandb")


def test_without_trackers_nothing_is_written(run: Run) -> None:
    with Tracking(run, []) as tracking:
        take(tracking, run, 1, 3, saved=(3,))
    assert not (run.path / "state" / "trackers.json").exists()


def test_every_tracker_of_the_table_has_its_module() -> None:
    folder = Path(trackers.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} == {*trackers.TRACKERS, "__init__", "tracking"}
