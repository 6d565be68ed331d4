"""PJ202 step-before-backward: the optimizer steps between a forward pass and its backward.

What it sees: the order of forward, backward and step.
Why it hurts: a step finds no gradients, or those of the batch before; where it moves weights that backward still
    needs, PyTorch stops with "modified by an inplace operation".
How to mend: loss.backward(), then optimizer.step().
What it cannot see: a loop without modules whose gradients are delayed by one batch.
Threshold: 3 rounds, or 1 whose backward fails. One step before the first backward, as some loops take for their
    scheduler's sake, is sound. Source: PyTorch's documentation of Optimizer.step; Humbatova et al., "Taxonomy of Real
    Faults in Deep Learning Systems" (ICSE 2020); the 3 is ours.
"""

from typing import Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Backward, Forward, Step, Trace

ROUNDS = 3


class Evidence(msgspec.Struct, frozen=True):
    """Rounds of forward, step, backward; and steps that found nothing from the first one on."""

    rounds: int
    other_steps: int  # that stand where they should
    failed: bool = False  # a round ended in a backward that raised
    empty_from_the_start: int = 0
    where: str = ""

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """A round is a forward with gradients, a step and a backward, with no other of them between."""
        rounds, steps, failed = 0, 0, False
        where, order = "", ""
        for event in seen.events:
            if isinstance(event, Forward):
                order = "F" if event.recording else order
            elif isinstance(event, Step) and not event.by_closure:
                steps += 1
                order, where = ("FS", where or event.where) if order == "F" else ("S", where)
            elif isinstance(event, Backward):
                rounds += order == "FS"
                failed = failed or (order == "FS" and event.failed)
                order = "B"
        return cls(rounds, steps - rounds, failed, _empty_from_the_start(seen), where or _first_step(seen))


def _empty_from_the_start(seen: Trace) -> int:
    """Steps, where the first came before any backward and none of them found a gradient."""
    kinds = [(event, type(event)) for event in seen.events if isinstance(event, Backward | Step)]
    steps = [event for event, _ in kinds if isinstance(event, Step) and not event.by_closure]
    began_with_step = bool(kinds) and kinds[0][1] is Step
    backwards = sum(kind is Backward for _, kind in kinds)
    all_empty = all(step.gradients != "there" for step in steps)
    return len(steps) if began_with_step and backwards and all_empty else 0


def _first_step(seen: Trace) -> str:
    return next((step.where for step in seen.of(Step)), "")


def check(seen: Evidence) -> Finding | None:
    """None where steps follow their backward."""
    is_order = seen.rounds >= ROUNDS and seen.rounds > seen.other_steps
    if not (is_order or seen.failed or seen.empty_from_the_start >= ROUNDS):
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what="the optimizer steps before backward has computed the gradients",
        where=f"the step at {seen.where}",
        why="each step finds no gradients, or those of the batch before.",
        try_="loss.backward(), and then optimizer.step()",
        evidence={"rounds": seen.rounds, "empty_steps": seen.empty_from_the_start},
    )


RULE = Rule(id="PJ202", name="step-before-backward", severity="error", needs=Evidence, check=check)
