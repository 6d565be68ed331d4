"""How much of the budget is spent, and whether someone asked to stop."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

from penjing.config import Budget


class Clock:
    """Counts a budget in steps, epochs or seconds.

    Args:
        budget: what may be spent.
        steps_per_epoch: of the stream.
        seconds: already spent before a resume.
    """

    def __init__(self, budget: Budget, steps_per_epoch: int, seconds: float = 0.0) -> None:
        factor = {"steps": 1, "epochs": steps_per_epoch}.get(budget.unit)
        self.steps = None if factor is None else max(round(budget.amount * factor), 1)
        self.limit_seconds = budget.amount
        self.asked_to_stop = False
        self._began = time.perf_counter() - seconds
        self._last = seconds

    @property
    def seconds(self) -> float:
        """Spent so far, before a resume and after."""
        return time.perf_counter() - self._began

    def fraction(self, step: int) -> float:
        """The share of the budget that is spent when `step` steps are done; exact for steps and epochs."""
        return min(step / self.steps if self.steps else self.seconds / self.limit_seconds, 1.0)

    def is_over(self, step: int) -> bool:
        """Whether to stop here: the budget is spent, another step would overrun it, or someone asked."""
        now = self.seconds
        latest, self._last = now - self._last, now  # how long a step takes, with what observers did
        if self.steps:
            return step >= self.steps or self.asked_to_stop
        return now + latest / 2 > self.limit_seconds or self.asked_to_stop

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
