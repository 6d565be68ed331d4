"""The log: a line now and then, kept in memory and written whole when a checkpoint is saved."""

from typing import Any

from penjing.training.loop import Step

LINES = 500  # of steps in a run at the most, so that the log of a long run stays small


class Log:
    """Keeps a line for each 1/500 of the budget, with the mean loss since the line before.

    Args:
        lines: what an interrupted run had logged up to the checkpoint it is resumed from.
        unlogged: the sum of the losses since the last of these lines, and of how many steps it is.
        next_line: share of the budget at which the next line is due.
    """

    def __init__(
        self, lines: list[dict[str, Any]], unlogged: tuple[float, int] = (0.0, 0), next_line: float = 0.0
    ) -> None:
        self.lines = lines
        self._sum, self._count = unlogged
        self._next = next_line

    def __call__(self, step: Step) -> None:
        """Take note of a step."""
        self._sum += step.loss
        self._count += 1
        if step.fraction < self._next and not step.ending:
            return
        self._next = step.fraction + 1 / LINES
        line = {"step": step.step, "loss": self._sum / self._count, "lr": step.lr, "gradient_norm": step.gradient_norm}
        self.lines.append(line | step.parts | {"fraction": step.fraction, "seconds": round(step.seconds, 3)})
        self._sum, self._count = 0.0, 0

    def facts(self) -> dict[str, Any]:
        """What a resumed training must know to write the lines that this one would have written, as JSON."""
        return {"unlogged": (self._sum, self._count), "next_line": self._next}
