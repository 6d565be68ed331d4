"""Examples with their answers, drawn by the task: wrong ones first, for there is more to learn from them."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from penjing.data.dataset import Split
from penjing.evaluation.drawing import Drawing
from penjing.randomness import generator
from penjing.runtime.pipeline import Predictor
from penjing.tasks.task import Task

SHOWN = 6  # of each kind: wrong, right, neither
LOOKED_AT = 512  # examples answered at the most in search of wrong ones
MOST_BYTES = 600_000  # of all drawings: the page stays below a megabyte


class Example(NamedTuple):
    """One example and what was answered."""

    drawing: Drawing
    name: str  # where it comes from, for people


class Examples(NamedTuple):
    """What the page shows of a split, and out of how many."""

    split: str
    looked_at: int
    kinds: list[list[Example]]  # wrong, then right, then those that are simply answers; none of them empty

    @property
    def shown(self) -> int:
        """How many answers are drawn."""
        return sum(map(len, self.kinds))


def examples(task: Task, predictor: Predictor, spec: Any, name: str, split: Split) -> Examples:
    """Answer a split, in an order drawn once, until enough wrong answers are found; and draw a few of each kind.

    In a split's own order all examples of one class may stand together, and the page would show no other.
    """
    kinds: dict[bool | None, list[Example]] = {False: [], True: [], None: []}
    looked_at = 0
    for part in _parts(split):
        answers, truths = task.answers(predictor, part)
        for i, (answer, truth) in enumerate(zip(answers, truths, strict=True)):
            drawing = task.draw(part.inputs[i], answer, truth, spec)
            if len(kinds[drawing.right]) < SHOWN:
                kinds[drawing.right].append(Example(drawing, part.name(i)))
        looked_at += len(part)
        if len(kinds[False]) == SHOWN or not (kinds[False] or kinds[True]):
            break
    return Examples(name, looked_at, [kind for kind in _within(MOST_BYTES, kinds.values()) if kind])


def _parts(split: Split) -> Iterator[Split]:
    """A few examples first, which is enough where answers are neither right nor wrong; then more at a time."""
    order = generator(0, "shown").permutation(len(split))[:LOOKED_AT].tolist()
    for first, last in pairwise([0, *range(SHOWN, len(order), 128), len(order)]):
        if last > first:
            yield _taken(split, sorted(order[first:last]))


def _taken(split: Split, at: list[int]) -> Split:
    def of(values: Any) -> Any:
        return values[at] if isinstance(values, np.ndarray) else [values[i] for i in at]

    return Split(of(split.inputs), of(split.truths), [split.name(i) for i in at])


def _within(most: int, kinds: Iterable[list[Example]]) -> Iterator[list[Example]]:
    """Leave out what would make the page too large."""
    for kind in kinds:
        kept = []
        for example in kind:
            size = len(example.drawing.svg)
            if size <= most:
                kept.append(example)
                most -= size
        yield kept
