"""The validation score during a training, at fixed shares of the budget; the best weights are kept where asked."""

from collections.abc import Callable
from typing import Any

from penjing.evaluation.scores import Score
from penjing.training.loop import Step


class Evaluation:
    """Scores the validation split, and notes the best.

    Args:
        score: gives the validation score of the weights as they are.
        note: is handed a line for the log.
        keep: is called where a score is the best so far.
        times: how often over the budget; the end is one of them.
        best: of an interrupted run.
        done: share of the budget up to which an interrupted run has scored.
    """

    def __init__(
        self,
        score: Callable[[], Score],
        note: Callable[[dict[str, Any]], None],
        keep: Callable[[], None],
        *,
        times: int,
        best: float | None = None,
        done: float = 0.0,
    ) -> None:
        self.score, self.note, self.keep, self.times = score, note, keep, times
        self.best = best
        self._latest = ""
        self._count = int(done * times + 1e-9)

    def latest(self) -> str:
        """The last score, in words for a progress bar."""
        return self._latest

    def __call__(self, step: Step) -> None:
        """Score where it is time."""
        if int(step.fraction * self.times + 1e-9) <= self._count or step.ending == "asked":
            return
        self._count = int(step.fraction * self.times + 1e-9)
        score = self.score()
        self._latest = f"validation {score.name} {score.value_text}"
        is_best = self.best is None or (
            (score.value > self.best) == score.higher_is_better and score.value != self.best
        )
        if is_best:
            self.best = score.value
            self.keep()
        line = {"validation": score.value, "low": score.low, "high": score.high, "name": score.name}
        self.note({"step": step.step, "fraction": step.fraction, "seconds": round(step.seconds, 3), **line})
