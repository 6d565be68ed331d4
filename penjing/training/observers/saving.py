"""Saving: every few seconds and at the end, a checkpoint in one file."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from penjing.run import Run
from penjing.training.loop import Step
from penjing.training.observers.log import Log

SLOW, MOST = 0.1, 0.02  # seconds from which saving is slow, and the share of the time that it may take then


class Saving:
    """Writes the log and then the checkpoint, so that a resumed run finds no step that its log does not know.

    Args:
        run: where.
        log: whose lines are written, and what it must know to go on.
        capture: gives the arrays of a checkpoint.
        facts: gives what else a resumed training needs, as JSON.
        every: seconds between checkpoints, unless saving is slow; when they fall changes nothing in the weights.
    """

    def __init__(
        self,
        run: Run,
        log: Log,
        capture: Callable[[], Mapping[str, np.ndarray]],
        facts: Callable[[], Mapping[str, Any]],
        every: float,
    ) -> None:
        self.run, self.log, self.capture, self.facts, self.every = run, log, capture, facts, every
        self._last = time.monotonic()
        self._wait = every

    def __call__(self, step: Step) -> None:
        """Save where it is time."""
        if not step.ending and time.monotonic() - self._last < self._wait:
            return
        began = time.monotonic()
        self.run.write_log(self.log.lines)
        facts = {"step": step.step, "seconds": step.seconds, **self.log.facts(), **self.facts()}
        self.run.write_checkpoint(self.capture(), facts)
        self._last = time.monotonic()
        took = self._last - began
        self._wait = max(self.every, took / MOST) if took > SLOW else self.every
