"""Early stopping: it ends where patience ends, also after a kill, and a run that it ended is a finished one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import penjing
from penjing.budget import Budget
from penjing.config import Choice
from penjing.findings import PenjingError
from penjing.run import Run
from penjing.training.clock import Clock
from penjing.training.job import Job, from_config
from penjing.training.observers.early_stopping import EarlyStopping, wait_longer
from penjing.training.session import fit_run, fresh_network
from tests.conftest import Said
from tests.training.test_session import QUIET, broken_off_at, weights_of

# A rate that moves nothing: of ten scores the first, after step 4, stays the best; patience ends after step 16
STALLED = {"budget": "40steps", "lr": 1e-12, "patience": 3, "save_every": 1e-9, "keep": "best", "model": "mlp"}


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 5))
def test_the_last_step_follows_the_first_row_of_as_many_as_patience(are_best: list[bool], patience: int) -> None:
    clock = Clock(Budget(1000, "steps"), 1)
    stopping = EarlyStopping(patience, clock)
    for step, is_best in enumerate(are_best, 1):
        stopping.judge(step, is_best)
    ends = [n for n in range(patience, len(are_best) + 1) if not any(are_best[n - patience : n])]
    assert clock.last_step == (ends[0] + 1 if patience and ends else None)


def test_it_ends_early_says_so_and_keeps_the_best(job: Callable[..., Job], new_run: Callable[[Job], Run]) -> None:
    planned = job(**STALLED)
    run = new_run(planned)
    fit_run(planned, fresh_network(planned), run, QUIET)
    assert run.log[-1]["step"] == 17
    assert len([line for line in run.log if "validation" in line]) == 4
    (told,) = [found for found in run.findings if found.rule == "stalled"]
    assert (told.severity, told.where) == ("note", "step 17, patience=3")
    assert "42% of its budget: 3 evaluations" in told.what
    assert run.is_finished
    assert run.weights("best")


@pytest.mark.parametrize(
    ("patience", "words"), [(1, "an evaluation was no better"), (2, "2 evaluations in a row were")]
)
@pytest.mark.parametrize("keep", ["best", "last"])
def test_what_is_told_counts_and_advises_what_is_not_so_yet(patience: int, words: str, keep: str) -> None:
    clock = Clock(Budget(1000, "steps"), 1)
    stopping = EarlyStopping(patience, clock)
    for step in range(1, patience + 1):
        stopping.judge(step, is_best=False)
    (told,) = stopping.told(0.5, keep)
    assert words in told.what
    assert ("keep=best" in told.try_) == (keep == "last")


def test_what_is_advised_is_more_than_was_waited_for() -> None:
    """The last step may be scored too: one evaluation more than the patience."""
    stopping = EarlyStopping(1, Clock(Budget(1000, "steps"), 1))
    for step in (1, 2):
        stopping.judge(step, is_best=False)
    (told,) = stopping.told(0.5, "last")
    assert "--resume RUN patience=3 " in told.try_


def test_killed_before_at_or_after_its_end_it_stops_at_the_same_step(
    job: Callable[..., Job], new_run: Callable[[Job], Run]
) -> None:
    planned = job(**STALLED)
    whole = new_run(planned)
    fit_run(planned, fresh_network(planned), whole, QUIET)
    for breaks in ((2, 9), (12,), (16,), (17,)):
        broken = new_run(planned)
        broken_off_at(breaks, planned, broken)
        assert [run.log[-1]["step"] for run in (whole, broken)] == [17, 17]
        assert weights_of(broken) == weights_of(whole)
        assert weights_of(broken, "best") == weights_of(whole, "best")
        assert broken.findings == whole.findings


def test_without_patience_it_spends_its_budget(job: Callable[..., Job], new_run: Callable[[Job], Run]) -> None:
    planned = job(**STALLED | {"patience": 0})
    run = new_run(planned)
    fit_run(planned, fresh_network(planned), run, QUIET)
    assert run.log[-1]["step"] == 40
    assert "stalled" not in [found.rule for found in run.findings]


def test_resuming_a_run_that_stopped_early_gives_it_back_as_it_is(tmp_path: Path) -> None:
    run = penjing.train("sklearn:digits", out=tmp_path / "run", settings=STALLED | {"threads": 1})
    files = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    penjing.train(resume=run.path)
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == files


# A rate that moves weights, and hardly ever a score
SLOW = STALLED | {"lr": 1e-7, "threads": 1}


def test_what_it_advises_goes_on_as_if_it_had_waited_so_long_from_the_start(
    cli: Callable[..., Said], tmp_path: Path
) -> None:
    patient = penjing.train("sklearn:digits", out=tmp_path / "patient", settings=SLOW | {"patience": 6})
    run = penjing.train("sklearn:digits", out=tmp_path / "run", settings=SLOW)
    assert [one.log[-1]["step"] for one in (patient, run)] == [29, 17]
    (told,) = [found for found in run.findings if found.rule == "stalled"]
    said = cli(*told.try_.partition("  ")[0].replace("RUN", str(run.path)).split()[1:])
    assert said.code == 0, said.err
    for name in ("last", "best"):
        assert weights_of(run, name) == weights_of(patient, name)
    assert scores_in(run) == scores_in(patient)
    assert run.findings == patient.findings
    assert run.config.train == patient.config.train
    assert run.config.origins["patience"].origin == "typed"
    assert [one.scores["test"]["times_scored"] for one in (run, patient)] == [2, 1]


def test_killed_after_it_was_told_to_wait_longer_it_goes_on_so(
    job: Callable[..., Job], new_run: Callable[[Job], Run]
) -> None:
    planned = job(**SLOW)
    run, patient = new_run(planned), new_run(planned)
    fit_run(planned, fresh_network(planned), run, QUIET)
    wait_longer(run, Choice("6", "typed", "you typed it"))
    assert not run.is_finished
    longer = from_config(run)
    broken_off_at((20, 28, 29), longer, run)
    fit_run(longer, fresh_network(longer), patient, QUIET)
    assert run.log[-1]["step"] == patient.log[-1]["step"] == 29
    assert weights_of(run) == weights_of(patient)


def scores_in(run: Run) -> list[tuple[int, float]]:
    return [(line["step"], line["validation"]) for line in run.log if "validation" in line]


@pytest.mark.parametrize(
    ("begun", "said", "words"),
    [
        ({}, {"patience": 3}, "its patience was 3, and 3 evaluations were no better"),
        ({}, {"patience": "much"}, "`patience` cannot be 'much'"),
        ({}, {"patience": 6, "lr": 0.1}, "stands alone; lr was given too"),
        ({"patience": 9}, {"patience": 20}, "has spent its budget"),
        ({"patience": 0}, {"patience": 20}, "has spent its budget"),
    ],
)
def test_what_would_be_another_training_is_refused_and_the_run_left_as_it_is(
    job: Callable[..., Job], new_run: Callable[[Job], Run], begun: dict[str, Any], said: dict[str, Any], words: str
) -> None:
    planned = job(**STALLED | begun)
    run = new_run(planned)
    fit_run(planned, fresh_network(planned), run, QUIET)
    files = {path: path.read_bytes() for path in run.path.rglob("*.*") if path.is_file()}
    with pytest.raises(PenjingError, match=words):
        penjing.train(resume=run.path, settings=said)
    assert {path: path.read_bytes() for path in files} == files


def test_without_its_checkpoint_it_cannot_go_on(job: Callable[..., Job], new_run: Callable[[Job], Run]) -> None:
    planned = job(**STALLED)
    run = new_run(planned)
    fit_run(planned, fresh_network(planned), run, QUIET)
    run.checkpoint_path.unlink()
    with pytest.raises(PenjingError, match="its checkpoint is gone"):
        wait_longer(run, Choice(6, "typed", ""))
    assert run.is_finished


def test_a_training_on_its_way_may_be_told_too_but_not_one_that_was_never_to_stop(
    job: Callable[..., Job], new_run: Callable[[Job], Run]
) -> None:
    for patience in (3, 0):
        run = new_run(job(**STALLED | {"patience": patience}))
        if patience:
            wait_longer(run, Choice(0, "typed", ""))
            assert run.config.train.patience == 0
        else:
            with pytest.raises(PenjingError, match="it was not to stop early"):
                wait_longer(run, Choice(5, "typed", ""))


def test_patience_without_scores_is_refused(job: Callable[..., Job]) -> None:
    with pytest.raises(PenjingError, match="patience"):
        job(patience=2, evaluations=0)
    with pytest.raises(PenjingError, match="patience"):
        job(patience=2, validation=0)
