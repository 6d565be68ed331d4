"""The validation scores of a training: when they are taken, and which weights they keep."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from penjing.evaluation.scores import Score
from penjing.training.loop import Step
from penjing.training.observers.evaluation import SOON, Evaluation


def told(step: int, fraction: float, seconds: float, ending: str = "") -> Step:
    return Step(step, 1.0, {}, 0.1, 1.0, fraction, seconds, ending)  # type: ignore[arg-type]


class Watched:
    """An evaluation whose scores are given, and all that it does."""

    def __init__(
        self, *values: float, times: int, done: float = 0.0, sparing: bool = False, log: Sequence[dict[str, Any]] = ()
    ) -> None:
        self.values, self.lines, self.kept, self.judged = list(values), list(log), [], []
        self.evaluation = Evaluation(
            self.next_score,
            self.lines,
            self.kept.append,
            lambda step, is_best: self.judged.append((step, is_best)),
            times=times,
            done=done,
            sparing=sparing,
        )

    def next_score(self) -> Score:
        value = self.values.pop(0)
        return Score(name="accuracy", value=value, low=value - 0.1, high=value + 0.1, method="Wilson", n=10)


def test_scores_fall_at_equal_shares_and_the_best_is_kept() -> None:
    watched = Watched(0.5, 0.7, 0.6, times=3)
    for step in range(1, 10):
        watched.evaluation(told(step, step / 9, seconds=0.1 * step))
    assert watched.judged == [(3, True), (6, True), (9, False)]
    assert watched.kept == ["best", "best"]
    assert [line["validation"] for line in watched.lines] == [0.5, 0.7, 0.6]


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_a_score_that_is_no_number_is_never_the_best(higher_is_better: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(float("nan"), 0.5, float("nan"), 0.4 + higher_is_better, times=4)
    given = watched.next_score
    turned = lambda: msgspec.structs.replace(given(), higher_is_better=higher_is_better)  # noqa: E731
    monkeypatch.setattr(watched.evaluation, "score", turned)
    for step in range(1, 5):
        watched.evaluation(told(step, step / 4, seconds=0.1 * step))
    assert watched.judged == [(1, False), (2, True), (3, False), (4, True)]


def test_a_budget_in_seconds_is_scored_at_its_end_though_half_a_step_of_it_is_left() -> None:
    watched = Watched(0.5, 0.7, times=10, done=0.8)
    watched.evaluation(told(90, 0.9, 540))
    watched.evaluation(told(100, 0.99997, 599.98, "spent"))
    assert watched.judged == [(90, True), (100, True)]
    assert [line["fraction"] for line in watched.lines] == [0.9, 1.0]


def test_a_long_training_has_a_first_answer_soon_that_counts_for_nothing() -> None:
    watched = Watched(0.9, 0.5, times=1)
    for step, seconds in enumerate((SOON - 1, SOON + 1, SOON + 2), start=1):
        watched.evaluation(told(step, step / 1000, seconds))
    assert watched.kept == ["first"]
    assert watched.judged == []
    assert watched.lines[0]["validation"] == 0.9
    assert watched.lines[0]["low"] < 0.9 < watched.lines[0]["high"]
    watched.evaluation(told(1000, 1.0, 600.0))
    assert watched.judged == [(1000, True)]  # though the first answer happened to score higher


def test_a_resumed_training_that_has_answered_gives_no_first_answer_again() -> None:
    watched = Watched(0.9, times=10, done=0.1, log=[{"step": 100, "loss": 1.0}, {"step": 100, "validation": 0.8}])
    watched.evaluation(told(101, 0.101, SOON + 100))
    assert watched.kept == []


def test_a_training_that_was_killed_before_its_first_answer_gives_it_when_it_goes_on() -> None:
    watched = Watched(0.9, times=10, done=0.05, log=[{"step": 50, "loss": 1.0}])
    watched.evaluation(told(51, 0.051, SOON + 100))
    assert watched.kept == ["first"]


def test_no_scores_are_taken_where_none_were_asked_for() -> None:
    watched = Watched(times=0)
    watched.evaluation(told(1, 1.0, SOON + 100))
    assert watched.lines == []


def test_where_the_budget_is_time_slow_scores_are_rare_but_the_last_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each score takes 2 s here, so the next is due 20 s of training later."""
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    watched = Watched(0.1, 0.2, 0.3, times=100, sparing=True)
    for second in range(1, 31):
        watched.evaluation(told(second, second / 30, float(second), "spent" if second == 30 else ""))
    assert [line["step"] for line in watched.lines] == [1, 21, 30]
