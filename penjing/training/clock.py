"""How much of the budget is spent, and whether someone asked to stop."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Literal

from penjing.budget import Budget
from penjing.findings import PenjingError, stop

Ending = Literal["", "spent", "asked", "stalled"]


class Clock:
    """Counts a budget in steps, epochs or seconds.

    Args:
        budget: what may be spent.
        steps_per_epoch: of the stream.
        seconds: already spent before a resume.
        last_step: the step after which the training ends though its budget is not spent, once that is known.

    Raises:
        PenjingError: `budget-too-short`.
    """

    def __init__(
        self, budget: Budget, steps_per_epoch: int, seconds: float = 0.0, last_step: int | None = None
    ) -> None:
        factor = {"steps": 1, "epochs": steps_per_epoch}.get(budget.unit)
        self.steps = None if factor is None else round(budget.amount * factor)
        if self.steps == 0:
            raise too_short(budget)
        self.limit_seconds = budget.amount
        self.asked_to_stop = False
        self.last_step = last_step
        self._began = time.perf_counter() - seconds
        self._last = seconds

    @property
    def seconds(self) -> float:
        """Spent so far, before a resume and after."""
        return time.perf_counter() - self._began

    def fraction(self, step: int) -> float:
        """The share of the budget that is spent when `step` steps are done; exact for steps and epochs."""
        return min(step / self.steps if self.steps else self.seconds / self.limit_seconds, 1.0)

    def ending(self, step: int) -> Ending:
        """Why to stop when `step` steps are done, or "" to go on.

        Someone asked; the budget is spent, or another step would overrun it; or `last_step` is done.
        """
        now = self.seconds
        latest, self._last = now - self._last, now  # how long a step takes, with what observers did
        if self.asked_to_stop:
            return "asked"
        if step >= self.steps if self.steps else now + latest / 2 > self.limit_seconds:
            return "spent"
        return "stalled" if self.last_step is not None and step >= self.last_step else ""

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the first ^C finish the step and save; a second one breaks off at once."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may listen for signals
            return

        def ask(number: int, frame: FrameType | None) -> None:
            self.asked_to_stop = True
            signal.signal(signal.SIGINT, before)

        before = signal.signal(signal.SIGINT, ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def too_short(budget: Budget) -> PenjingError:
    """The error for a budget that is spent before a first step."""
    return stop(
        "budget-too-short",
        f"{budget} do not last for one step",
        where=f"budget={budget}",
        why="the network would be as it was drawn.",
        try_="--budget 1epochs, or --budget 1m",
    )
