"""PJ203 never-stepped: gradients are computed, and no optimizer ever steps.

What it sees: backwards without a step, although an optimizer was made.
Why it hurts: the weights stay as they were; the loss moves only with the batches.
How to mend: optimizer.step() after loss.backward().
What it cannot see: a loop that updates its weights by hand in a way that PyTorch does not count, and has made an
    optimizer it does not use.
Threshold: 5 backwards between which gradients were cleared, or 5 until the loop ended; 200 in any case, for gradients
    may be accumulated over many batches. Source: Humbatova et al., "Taxonomy of Real Faults in Deep Learning Systems"
    (ICSE 2020); the figures are ours.
"""

from typing import Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Backward, Step, Trace

BACKWARDS = 5
ACCUMULATED = 200


class Evidence(msgspec.Struct, frozen=True):
    """Backwards, where nothing ever stepped."""

    backwards: int
    cleared: int  # of them, those that found the gradients of the one before gone
    ended: bool
    where: str = ""

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """None at all where something steps, where there is no optimizer, or where the weights move by hand."""
        learning = [event for event in seen.of(Backward) if event.reached & seen.held]
        if seen.of(Step) or not learning or seen.moved_by_hand & seen.held:
            return cls(0, 0, seen.ended)
        return cls(len(learning), sum(event.cleared for event in learning), seen.ended, learning[0].where)


def check(seen: Evidence) -> Finding | None:
    """None where a step may still come."""
    enough = seen.cleared >= BACKWARDS or (seen.ended and seen.backwards >= BACKWARDS) or seen.backwards >= ACCUMULATED
    if not enough:
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"{seen.backwards} backwards, and the optimizer never stepped",
        where=f"after the backward at {seen.where}",
        why="the weights stay as they were; the loss moves only with the batches.",
        try_="optimizer.step()  after loss.backward()",
        evidence={"backwards": seen.backwards, "cleared": seen.cleared},
    )


RULE = Rule(id="PJ203", name="never-stepped", severity="error", needs=Evidence, check=check)
