"""PJ205 not-a-number: a step is taken with a gradient, or after a loss, that is NaN or infinite.

What it sees: the gradients at each step, the loss of each backward, and the first module whose output was
    not finite before it.
Why it hurts: one step with such a gradient turns every weight it touches into NaN, and all that was learned is lost;
    where only the loss is not finite, what is learned is not what was meant, and no curve can show it.
How to mend: look at that module's input: log(0), 0/0, sqrt at 0, exp of a large number; a smaller rate, clipped
    gradients, a batch that holds NaN itself.
What it cannot see: a step that mixed precision's scaler leaves out is none, and sound; the operation inside a module;
    a loss of several values.
Threshold: none for gradients, one step is enough; 3 losses in a row, or one with a step of what it reached (a warning).
    The 3 is ours. Source: Goodfellow et al., "Deep Learning" (2016), chapter 11.5; IEEE 754.
"""

import math
from typing import Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Backward, Step, Trace

LOSSES = 3  # in a row; a loop may leave one out


class Evidence(msgspec.Struct, frozen=True):
    """The first step whose gradients were not finite, 0 where there was none; and losses likewise."""

    step: int
    module: str = ""
    where: str = ""
    losses: int = 0  # the longest row of backwards whose loss was not finite
    stepped: bool = False  # a step was taken right after such a backward
    where_loss: str = ""

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """Counted over all optimizers."""
        for number, step in enumerate(seen.of(Step), start=1):
            if not step.finite:
                return cls(number, seen.first_not_finite, step.where)
        return cls(0, seen.first_not_finite, "", *_losses(seen))


def _losses(seen: Trace) -> tuple[int, bool, str]:
    most = row = 0
    stepped, where = False, ""
    reached: frozenset[int] = frozenset()  # by the backward before, if its loss was not finite
    for event in seen.events:
        if isinstance(event, Backward) and event.loss is not None and not math.isfinite(event.loss):
            row, reached, where = row + 1, event.reached, where or event.where
            most = max(most, row)
        elif isinstance(event, Backward):
            row, reached = 0, frozenset()
        elif isinstance(event, Step) and not event.by_closure:
            stepped = stepped or bool(reached & event.parameters)
    return most, stepped, where


def check(seen: Evidence) -> Finding | None:
    """None where all gradients were numbers, and losses but for a few that no step used."""
    if not seen.step:
        return _of_losses(seen)
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"step {seen.step} was taken with gradients that are not finite"
        + (
            f"; {seen.module} was the first to give such an output"
            if seen.module
            else ", though every output was finite"
        ),
        where=f"the step at {seen.where}",
        why="one such step turns every weight it touches into NaN.",
        try_="look at that module's input for log(0), 0/0 or sqrt(0); a smaller lr; clip_grad_norm_(..., 1)",
        evidence={"step": seen.step, "first": seen.module},
    )


def _of_losses(seen: Evidence) -> Finding | None:
    if seen.losses < LOSSES and not seen.stepped:
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity if seen.losses >= LOSSES else "warning",
        what=(f"{seen.losses} losses in a row are" if seen.losses > 1 else "a loss is")
        + (" not finite, though the gradients that a step has used are" if seen.stepped else " not finite"),
        where=f"the backward at {seen.where_loss}",
        why="what is learned is not what was meant: such a loss says nothing of the answers.",
        try_="look at what the loss takes for log of 0 or less, 0/0, sqrt or exp; clamp it, or use a loss of logits",
        evidence={"losses": seen.losses, "first": seen.module},
    )


RULE = Rule(id="PJ205", name="not-a-number", severity="error", needs=Evidence, check=check)
