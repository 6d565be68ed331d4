"""What a person watches: share done, step, rate, loss, time left, validation score. On standard error."""

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from penjing.evaluation.scores import Score
from penjing.training.loop import Step

WIDEST, NARROWEST = 20, 8  # columns of the bar
STRETCH = 10.0  # seconds over which rate and time left are measured


class Pace(NamedTuple):
    """How fast a training goes, over its last stretch."""

    steps_per_second: float
    seconds_left: float

    @property
    def rate_text(self) -> str:
        """Steps a second, `45.6/s`; slow ones by what each takes, `3.2 s each`."""
        if self.steps_per_second < 1:
            return f"{1 / self.steps_per_second:.1f} s each"
        return f"{self.steps_per_second:,.{1 if self.steps_per_second < 100 else 0}f}/s"

    @property
    def left_text(self) -> str:
        """Minutes and seconds, `3:20 left`; hours and minutes, `1:05 h left`."""
        minutes, seconds = divmod(round(self.seconds_left), 60)
        return f"{minutes // 60}:{minutes % 60:02} h left" if minutes >= 60 else f"{minutes}:{seconds:02} left"


class ProgressBar:
    """A bar on a terminal; elsewhere a line every few seconds, so that a log file stays readable.

    Args:
        console: where to.
        validation: gives the latest validation score, None before the first.
    """

    EVERY = 0.25  # seconds between redraws: one takes about half a millisecond
    EVERY_LINE = 5.0

    def __init__(self, console: Console, validation: Callable[[], Score | None]) -> None:
        self.console = console
        self.validation = validation
        self._column = BarColumn(bar_width=WIDEST)
        self.bar = Progress(self._column, TextColumn("{task.fields[text]}"), console=console, auto_refresh=False)
        self._row: TaskID | None = None  # the bar appears with the first step: a training that fails before has none
        self._last = 0.0
        self._seen: deque[Step] = deque()  # shown ones: the first of the last stretch in front

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
        pace = self._pace(step)
        if self.console.is_terminal:
            self._draw(step, pace)
        elif not is_first or step.ending:
            self.console.print(f"training {self._text(step, pace, self.console.width - 9)}", soft_wrap=True)

    def _pace(self, step: Step) -> Pace | None:
        """Since about `STRETCH` seconds ago; None before there is a second step."""
        self._seen.append(step)
        while len(self._seen) > 2 and step.seconds - self._seen[1].seconds >= STRETCH:
            self._seen.popleft()
        first = self._seen[0]
        seconds, done = step.seconds - first.seconds, step.fraction - first.fraction
        if not (seconds > 0 and done > 0):
            return None
        return Pace((step.step - first.step) / seconds, (1 - step.fraction) * seconds / done)

    def _text(self, step: Step, pace: Pace | None, width: int) -> str:
        """Where all of it does not fit, the score stands without its name."""
        rate = f" ({pace.rate_text})" if pace else ""
        parts = [f"{step.fraction:4.0%}", f"step {step.step:,}{rate}", f"loss {step.loss:.4f}"]
        if pace and not step.ending:
            parts.append(pace.left_text)
        if (score := self.validation()) is None:
            return "  ".join(parts)
        whole = "  ".join([*parts, f"validation {score.name} {score.value_text}"])
        return whole if len(whole) <= width else "  ".join([*parts, f"validation {score.value_text}"])

    def _draw(self, step: Step, pace: Pace | None) -> None:
        text = self._text(step, pace, self.console.width - NARROWEST - 1)
        if self._row is None:
            self._row = self.bar.add_task("training", total=1.0, text=text)
            self.bar.start()
        self._column.bar_width = min(max(self.console.width - len(text) - 1, NARROWEST), WIDEST)
        self.bar.update(self._row, completed=step.fraction, text=text)
        self.bar.refresh()
