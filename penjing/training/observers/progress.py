"""What a person watches: share done, loss, validation score, time left. On standard error."""

import time
from collections.abc import Callable
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from penjing.training.loop import Step


class ProgressBar:
    """A bar on a terminal; elsewhere a line every few seconds, so that a log file stays readable.

    Args:
        console: where to.
        validation: gives the latest validation score in words.
    """

    EVERY = 0.25  # seconds between redraws: one takes about half a millisecond
    EVERY_LINE = 5.0

    def __init__(self, console: Console, validation: Callable[[], str]) -> None:
        self.console = console
        self.validation = validation
        self.bar = Progress(
            TextColumn("training"),
            BarColumn(bar_width=20),
            TextColumn("{task.percentage:3.0f}%  step {task.fields[step]:,}  loss {task.fields[loss]:.4f}"),
            TextColumn("{task.fields[score]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            auto_refresh=False,
        )
        self._row: TaskID | None = None  # the bar appears with the first step: a training that fails before has none
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if self._row is not None:
            self.bar.stop()

    def __call__(self, step: Step) -> None:
        """Show a step where it is time."""
        now = time.monotonic()
        if now - self._last < (self.EVERY if self.console.is_terminal else self.EVERY_LINE) and not step.ending:
            return
        is_first, self._last = self._last == 0, now
        if self.console.is_terminal:
            self._draw(step)
        elif not is_first or step.ending:
            line = f"training {step.fraction:4.0%}  step {step.step:,}  loss {step.loss:.4f}  {self.validation()}"
            self.console.print(line, highlight=False)

    def _draw(self, step: Step) -> None:
        if self._row is None:
            self._row = self.bar.add_task("training", total=1.0, step=0, loss=step.loss, score="")
            self.bar.start()
        self.bar.update(self._row, completed=step.fraction, step=step.step, loss=step.loss, score=self.validation())
        self.bar.refresh()
