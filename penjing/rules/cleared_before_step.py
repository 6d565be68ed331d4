"""PJ227 cleared-before-step: gradients are cleared between backward and step.

What it sees: steps that find no gradient although a backward had filled them since the step before.
Why it hurts: the optimizer has nothing to go by, and nothing is learned (momentum or weight decay may still move
    weights).
How to mend: zero_grad() before backward or after step, not between.
What it cannot see: gradients that are all zero for another reason, such as a network whose units are all dead, are
    told as if they had been cleared.
Threshold: 3 steps, and more than half of all. Source: PyTorch's documentation of Optimizer.zero_grad; the figures are
    ours.
"""

from typing import Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Backward, Forward, Step, Trace

STEPS = 3


class Evidence(msgspec.Struct, frozen=True):
    """Steps, and those among them whose gradients had been cleared."""

    steps: int
    cleared: int
    where: str = ""

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """Over all optimizers; a step between a forward pass and its backward is PJ202's."""
        cleared: list[Step] = []
        waits_for_backward = False
        for event in seen.events:
            if isinstance(event, Forward):
                waits_for_backward = waits_for_backward or event.recording
            elif isinstance(event, Backward):
                waits_for_backward = False
            elif event.gradients == "cleared" and not waits_for_backward:
                cleared.append(event)
        return cls(len(seen.of(Step)), len(cleared), cleared[0].where if cleared else "")


def check(seen: Evidence) -> Finding | None:
    """None where steps find what backward left."""
    if seen.cleared < STEPS or seen.cleared <= seen.steps / 2:
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"{seen.cleared} of {seen.steps} steps found gradients that had been cleared after backward",
        where=f"the step at {seen.where}",
        why="the optimizer has nothing to go by, so nothing is learned.",
        try_="optimizer.zero_grad(); loss.backward(); optimizer.step()  in this order",
        evidence={"steps": seen.steps, "cleared": seen.cleared},
    )


RULE = Rule(id="PJ227", name="cleared-before-step", severity="error", needs=Evidence, check=check)
