"""Early stopping: a training whose validation score has long not become better ends before its budget does."""

from typing import Any

from penjing.findings import Finding
from penjing.training.clock import Clock


class EarlyStopping:
    """Counts evaluations without a better score; when patience is at its end, the next step is the last.

    That step stands in the checkpoint, so a training that is killed near its end stops where it would have stopped.

    Args:
        patience: evaluations in a row; 0 never stops.
        clock: told which step is the last; it knows it already where a resumed training had decided so.
        since_best: evaluations of an interrupted run since its best one.

    Source: Prechelt, "Early stopping - but when?", 1998; its criterion UP.
    """

    def __init__(self, patience: int, clock: Clock, since_best: int = 0) -> None:
        self.patience, self.clock, self.since_best = patience, clock, since_best

    def judge(self, step: int, is_best: bool) -> None:
        """Take note of an evaluation after a step."""
        self.since_best = 0 if is_best else self.since_best + 1
        if self.patience and self.since_best >= self.patience and self.clock.last_step is None:
            self.clock.last_step = step + 1

    def facts(self) -> dict[str, Any]:
        """What a resumed training must know, as JSON."""
        return {"since_best": self.since_best, "last_step": self.clock.last_step}

    def told(self, best: float | None, keep: str) -> list[Finding]:
        """Why the training ended, where it ended early.

        Args:
            best: the validation score that none came up to.
            keep: which weights are the result, as the setting says.
        """
        last = self.clock.last_step
        if last is None or self.clock.ending(last) != "stalled":
            return []  # going on, or the budget ended just there too
        several = f"{self.since_best} evaluations in a row were" if self.since_best > 1 else "an evaluation was"
        return [
            Finding(
                rule="stalled",
                severity="note",
                what=f"the training ended after {self.clock.fraction(last):.0%} of its budget: "
                f"{several} no better than {best:.4g}",
                where=f"step {last}, patience={self.patience}",
                why="more steps were not expected to raise the validation score; its best one may look a little "
                "better than it is, for it was picked.",
                try_=f"penjing train DATA weights=RUN patience={2 * self.patience}  goes on from these weights, and "
                "waits longer" + ("" if keep == "best" else "; keep=best keeps those of the best score"),
                evidence={"step": last, "since_best": self.since_best, "best": best},
            )
        ]
