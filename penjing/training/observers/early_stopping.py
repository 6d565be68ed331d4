"""Early stopping: a training whose validation score has long not become better ends before its budget does.

It can be told afterwards to wait longer, and then goes on as if it had been told so from the start.
"""

from typing import Any

from penjing import settling
from penjing.config import Choice
from penjing.findings import Finding, PenjingError, stop
from penjing.run import Run
from penjing.training.clock import Clock


class EarlyStopping:
    """Counts evaluations without a better score; when patience is at its end, the next step is the last.

    That step stands in the checkpoint, so a training that is killed near its end stops where it would have stopped.

    Args:
        patience: evaluations in a row; 0 never stops.
        clock: told which step is the last; it knows it already where a resumed training had decided so, which counts
            no more where patience has grown since.
        since_best: evaluations of an interrupted run since its best one.

    Source: Prechelt, "Early stopping - but when?", 1998; its criterion UP.
    """

    def __init__(self, patience: int, clock: Clock, since_best: int = 0) -> None:
        self.patience, self.clock, self.since_best = patience, clock, since_best
        if not self._is_at_its_end:
            clock.last_step = None

    @property
    def _is_at_its_end(self) -> bool:
        return 0 < self.patience <= self.since_best

    def judge(self, step: int, is_best: bool) -> None:
        """Take note of an evaluation after a step."""
        self.since_best = 0 if is_best else self.since_best + 1
        if self._is_at_its_end and self.clock.last_step is None:
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
        longer = max(2 * self.patience, self.since_best + 1)
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
                try_=f"penjing train --resume RUN patience={longer}  goes on as if it had waited so long "
                "from the start" + ("" if keep == "best" else "; keep=best keeps the weights of the best score"),
                evidence={"step": last, "since_best": self.since_best, "best": best},
            )
        ]


def wait_longer(run: Run, said: Choice) -> None:
    """Give a training more patience, from its last checkpoint on; one that had ended is on its way again.

    Args:
        run: held by the caller.
        said: the new patience, as it was typed.

    Raises:
        PenjingError: `bad-setting` where the training would not have come to its checkpoint with that patience, or has
            spent its budget; those of reading the run.
    """
    config, checkpoint = run.config, run.checkpoint()
    longer = settling.retold(config, {"patience": said})
    before, asked = config.train.patience, longer.train.patience
    seen = checkpoint[1]["since_best"] if checkpoint else 0
    has_stalled = any(found.rule == "stalled" for found in run.findings)
    if run.is_finished and not (has_stalled and checkpoint):
        what = "its checkpoint is gone" if has_stalled else "the training has spent its budget"
        raise _refused(asked, what, f"penjing train DATA weights={run.path}  begins another from its weights")
    if before == 0:
        raise _refused(asked, "it was not to stop early", f"penjing train --resume {run.path}")
    if 0 < asked <= max(before, seen):
        what = f"its patience was {before}, and {seen} evaluations were no better than the best"
        raise _refused(asked, what, f"patience={max(before, seen) + 1} or more; patience=0 never stops early")
    run.write_config(longer)
    run.reopen()


def _refused(patience: int, what: str, try_: str) -> PenjingError:
    return stop(
        "bad-setting",
        f"it cannot go on with patience={patience}: {what}",
        where=f"patience={patience}",
        why="a training goes on as if it had been told so from the start, or not at all.",
        try_=try_,
    )
