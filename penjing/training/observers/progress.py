"""What a person watches: share done, loss, validation score, time left. On standard error."""

import time
from collections.abc import Callable
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from penjing.training.loop import Step


class ProgressBar:
    """A bar on a terminal; elsewhere a line every few seconds, so that a log file stays readable.

    Args:
        console: where to.
        validation: gives the latest validation score in words.
    """

    EVERY = 0.25  # seconds between redraws: one takes about 1 ms, and ten a second would be 1 % of a training
    EVERY_LINE = 5.0

    def __init__(self, console: Console, validation: Callable[[], str]) -> None:
        self.console = console
        self.validation = validation
        self.bar = Progress(
            TextColumn("training"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:3.0f} %  step {task.fields[step]:,}  loss {task.fields[loss]:.4f} "),
            TimeRemainingColumn(compact=True),
            console=console,
            auto_refresh=False,
        )
        self.row = self.bar.add_task("training", total=1.0, step=0, loss=float("nan"), score="")
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.bar.start()
        return self

    def __exit__(self, *failure: object) -> None:
        if self.console.is_terminal:
            self.bar.stop()

    def __call__(self, step: Step) -> None:
        """Show a step where it is time."""
        now = time.monotonic()
        if now - self._last < (self.EVERY if self.console.is_terminal else self.EVERY_LINE) and not step.ending:
            return
        self._last = now
        if self.console.is_terminal:
            self.bar.update(self.row, completed=step.fraction, step=step.step, loss=step.loss, score=self.validation())
            self.bar.refresh()
        else:
            line = f"training {step.fraction:4.0%}  step {step.step:,}  loss {step.loss:.4f}  {self.validation()}"
            self.console.print(line, highlight=False)
