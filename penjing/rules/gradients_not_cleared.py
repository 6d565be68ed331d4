"""PJ201 gradients-not-cleared: each step uses again what earlier steps have used already.

What it sees: at each step, whether a gradient still holds something of a backward from before the optimizer's last
    step.
Why it hurts: the gradients of all batches so far add up; steps grow and go where the first batches pointed, and the
    loss swings or diverges.
How to mend: optimizer.zero_grad() once a step, before backward or after step.
What it cannot see: gradients that are cleared only in part of a network in which it sees nothing else wrong are told,
    but not why. Accumulation, several backwards for each step and then a clearing, is sound and stays silent.
Threshold: 3 steps in a row. Source: PyTorch's documentation of Optimizer.zero_grad; Karpathy's list of the most
    common mistakes (2018), "you forgot to .zero_grad()"; the 3 is ours.
"""

from typing import Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Step, Trace

STEPS = 3


class Evidence(msgspec.Struct, frozen=True):
    """The most steps in a row that used gradients again."""

    steps: int
    parameters: int = 0
    where: str = ""

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """Optimizer by optimizer."""
        most, now = cls(0), dict.fromkeys(seen.optimizers, 0)
        for step in seen.of(Step):
            now[step.optimizer] = now.get(step.optimizer, 0) + 1 if step.stale else 0
            if now[step.optimizer] > most.steps:
                most = cls(now[step.optimizer], step.stale, step.where)
        return most


def check(seen: Evidence) -> Finding | None:
    """None where gradients are cleared between steps."""
    if seen.steps < STEPS:
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"gradients are not cleared: {seen.steps} steps in a row used those of earlier steps again",
        where=f"the step at {seen.where}, {seen.parameters} parameter(s)",
        why="the gradients of all batches so far add up, so steps grow and point to the past.",
        try_="optimizer.zero_grad()  before loss.backward()",
        evidence={"steps": seen.steps, "parameters": seen.parameters},
    )


RULE = Rule(id="PJ201", name="gradients-not-cleared", severity="error", needs=Evidence, check=check)
