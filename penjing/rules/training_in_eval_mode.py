"""PJ110 training-in-eval-mode: steps are taken on a network in evaluation mode.

What it sees: the mode of the network in the calls that lead to a step.
Why it hurts: dropout is off, and batch norm uses and never updates its running statistics, which are still those of
    the start; what is trained is another network than the one meant.
How to mend: model.train() at the beginning of each epoch; an evaluation leaves model.eval() behind.
What it cannot see: dropout called as a function without its module. Batch norm alone in evaluation mode, the rest in
    training, is taken to be frozen on purpose.
Threshold: 3 steps; a note where nothing inside depends on the mode. Source: PyTorch's documentation of Module.eval;
    Ioffe and Szegedy, "Batch Normalization" (ICML 2015).
"""

from typing import Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Backward, Forward, Step, Trace

STEPS = 3


class Evidence(msgspec.Struct, frozen=True):
    """Steps taken on a network in evaluation mode."""

    steps: int
    module: str = ""
    kinds: tuple[str, ...] = ()  # layers inside that depend on the mode
    where: str = ""

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """Of each step, the calls that built a graph since the step before."""
        calls: dict[int, list[Forward]] = {}
        reached: set[int] = set()
        found: list[tuple[int, Forward]] = []
        for event in seen.events:
            if isinstance(event, Forward) and event.recording:
                calls.setdefault(event.module, []).append(event)
            elif isinstance(event, Backward):
                reached |= event.reached
            elif isinstance(event, Step):
                trained = reached & event.parameters
                found += [
                    (number, forwards[-1])
                    for number, forwards in calls.items()
                    if trained & seen.modules[number].parameters and not any(call.training for call in forwards)
                ]
                calls, reached = {}, set()
        if not found:
            return cls(0)
        number, last = found[-1]
        module = seen.modules[number]
        return cls(sum(one == number for one, _ in found), module.name, tuple(sorted(module.kinds)), last.where)


def check(seen: Evidence) -> Finding | None:
    """An error where layers inside depend on the mode, else a note."""
    if seen.steps < STEPS:
        return None
    inside = " and ".join(seen.kinds)
    return Finding(
        rule=RULE.id,
        severity=RULE.severity if seen.kinds else "note",
        what=f"{seen.steps} steps were taken with {seen.module} in evaluation mode",
        where=seen.where,
        why=f"{inside} inside: off, or as in evaluation, so another network is trained than the one meant."
        if seen.kinds
        else "nothing inside depends on the mode now; the first dropout or batch norm would be without effect.",
        try_="model.train() at the beginning of each epoch, after every evaluation",
        evidence={"steps": seen.steps, "layers": list(seen.kinds)},
    )


RULE = Rule(id="PJ110", name="training-in-eval-mode", severity="error", needs=Evidence, check=check)
