"""How far the decoding is, on standard error: nothing where it takes less than a second."""

import sys
import time
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


class DecodingProgress:
    """A bar on a terminal; elsewhere a line now and then.

    Args:
        total: pictures.
        done: of them, those that an earlier process decoded.
    """

    AFTER = 1.0  # seconds in which nothing is shown
    EVERY = 0.1
    EVERY_LINE = 10.0

    def __init__(self, total: int, done: int) -> None:
        self.total, self.done = total, done
        self.console = Console(file=sys.stderr, highlight=False, markup=False, emoji=False)
        self.bar = Progress(
            TextColumn("decoding"),
            BarColumn(bar_width=20),
            TextColumn("{task.percentage:3.0f}%  {task.completed:,} of {task.total:,} pictures, this first time"),
            TimeRemainingColumn(compact=True),
            console=self.console,
            auto_refresh=False,
        )
        self._row = self.bar.add_task("decoding", total=total, completed=done)
        self._next = time.monotonic() + self.AFTER
        self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if self._is_shown:
            self._show()
        if self._is_shown and self.console.is_terminal:
            self.bar.stop()

    def advance(self, pictures: int) -> None:
        """So many more are decoded."""
        self.done += pictures
        self.bar.update(self._row, completed=self.done)  # at each, for the time left
        if (now := time.monotonic()) >= self._next:
            self._next = now + (self.EVERY if self.console.is_terminal else self.EVERY_LINE)
            self._show()

    def _show(self) -> None:
        if not self.console.is_terminal:
            self.console.print(
                f"decoding {self.done / self.total:4.0%}  {self.done:,} of {self.total:,} pictures, this first time"
            )
        elif not self._is_shown:
            self.bar.start()
        if self.console.is_terminal:
            self.bar.refresh()
        self._is_shown = True
