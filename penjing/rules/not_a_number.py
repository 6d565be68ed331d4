"""PJ205 not-a-number: a step is taken with a gradient that is NaN or infinite.

What it sees: the gradients at each step, and the first module whose output was not finite before it.
Why it hurts: one such step turns every weight it touches into NaN, and all that was learned is lost.
How to mend: look at that module's input: log(0), 0/0, sqrt at 0, exp of a large number; a smaller rate, clipped
    gradients, a batch that holds NaN itself.
What it cannot see: a step that mixed precision's scaler leaves out is none, and sound; the operation inside a module.
Threshold: none, one step is enough. Source: Goodfellow et al., "Deep Learning" (2016), chapter 11.5; IEEE 754.
"""

from typing import Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Step, Trace


class Evidence(msgspec.Struct, frozen=True):
    """The first step whose gradients were not finite; 0 where there was none."""

    step: int
    module: str = ""
    where: str = ""

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """Counted over all optimizers."""
        for number, step in enumerate(seen.of(Step), start=1):
            if not step.finite:
                return cls(number, seen.first_not_finite, step.where)
        return cls(0)


def check(seen: Evidence) -> Finding | None:
    """None where all gradients were numbers."""
    if not seen.step:
        return None
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


RULE = Rule(id="PJ205", name="not-a-number", severity="error", needs=Evidence, check=check)
