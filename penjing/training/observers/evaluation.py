"""The validation score during a training, at fixed shares of the budget; the best weights are kept.

Where the first of these would be late, the weights of an early moment are scored and kept as well, so that an answer
stands on disk soon. When that is depends on the machine's mood, so it counts neither as best nor for patience.
"""

import math
import time
from collections.abc import Callable
from typing import Any

from penjing.evaluation.scores import Score
from penjing.training.loop import Step

SOON = 10.0  # seconds of training after which there is a first answer
SPARING = 9  # times as long as a score took is trained before the next, where the budget is time


class Evaluation:
    """Scores the validation split, and notes the best.

    Args:
        score: gives the validation score of the weights as they are.
        lines: of the log, to which it adds its own; where one of an interrupted run has a score, an answer stands.
        keep: is called with `best` where a score is the best so far, with `first` where it is the early one.
        judge: is told the step of each score, and whether it is the best so far.
        times: how often over the budget; the end is one of them.
        sparing: whether scores that would take much of a short budget are taken later, or not at all but the last: for
            budgets in seconds, which repeat exactly in no case.
        best: of an interrupted run.
        done: share of the budget up to which an interrupted run has scored.
    """

    def __init__(
        self,
        score: Callable[[], Score],
        lines: list[dict[str, Any]],
        keep: Callable[[str], None],
        judge: Callable[[int, bool], None],
        *,
        times: int,
        sparing: bool = False,
        best: float | None = None,
        done: float = 0.0,
    ) -> None:
        self.score, self.lines, self.keep, self.judge, self.times = score, lines, keep, judge, times
        self.sparing, self.best = sparing, best
        self._rested = 0.0  # seconds of training from which the next score may be taken
        self._latest: Score | None = None
        self._count = int(done * times + 1e-9)
        self._awaited = times > 0 and not any("validation" in line for line in lines)

    def latest(self) -> Score | None:
        """The last score, for a progress bar; None before the first."""
        return self._latest

    def __call__(self, step: Step) -> None:
        """Score where it is time."""
        if step.ending == "asked":
            return
        spent = 1.0 if step.ending == "spent" else step.fraction  # of seconds, half a step may be left over
        is_due = int(spent * self.times + 1e-9) > self._count
        if not is_due and not (self._awaited and step.seconds >= SOON):
            return
        if self.sparing and not step.ending and step.seconds < self._rested:
            return
        self._awaited = False
        began = time.monotonic()
        score = self.score()
        self._rested = step.seconds + (1 + SPARING) * (time.monotonic() - began)
        self._latest = score
        if is_due:
            self._count = int(spent * self.times + 1e-9)
            self._hold_against_best(step, score)
        else:
            self.keep("first")
        line = {"validation": score.value, "low": score.low, "high": score.high, "name": score.name}
        self.lines.append({"step": step.step, "fraction": spent, "seconds": round(step.seconds, 3), **line})

    def _hold_against_best(self, step: Step, score: Score) -> None:
        is_better = self.best is None or (
            score.value > self.best if score.higher_is_better else score.value < self.best
        )
        is_best = is_better and not math.isnan(score.value)
        if is_best:
            self.best = score.value
            self.keep("best")
        self.judge(step.step, is_best)
