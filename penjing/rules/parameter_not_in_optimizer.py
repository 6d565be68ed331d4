"""PJ106 parameter-not-in-optimizer: a parameter gets a gradient that no optimizer uses.

What it sees: which parameters a backward fills, which ones the optimizers hold, and which change by hand.
Why it hurts: those layers stay as they were initialized, and the rest learns around them.
How to mend: make the optimizer after the network is complete and on its device, from model.parameters(); or say that
    a layer is frozen: layer.requires_grad_(False). Layers in a plain list or dict are not in model.parameters():
    hold them in nn.ModuleList or nn.ModuleDict.
What it cannot see: an optimizer that is made after the watch has ended; a bare tensor in a list, for only the
    parameters of modules that are called are known; a layer in a list that is first called after the 5th step. Layers
    of a network that is only called in evaluation mode, such as a teacher or a perceptual loss, are taken to be left
    alone on purpose.
Threshold: any parameter, after 3 steps; an error where it is more than half of the values that get gradients. Source:
    Humbatova et al., "Taxonomy of Real Faults in Deep Learning Systems" (ICSE 2020); the half is ours.
"""

from typing import Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Backward, Forward, Step, Trace, names_of

STEPS = 3  # enough for a second optimizer to appear


class Evidence(msgspec.Struct, frozen=True):
    """Values that get gradients, and those among them that nothing updates."""

    steps: int
    values: int
    left_out: int
    names: str = ""
    unregistered: bool = False  # some of them are in a plain list or dict
    where: str = ""

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """Over all backwards and all optimizers seen."""
        steps = seen.of(Step)
        called = {event.module for event in seen.of(Forward) if event.training and event.recording}
        in_use: set[int] = set()
        for number in called:
            in_use |= seen.modules[number].parameters
        reached = {id for event in seen.of(Backward) for id in event.reached if id in in_use or id in seen.held}
        left_out = {id for id in reached - seen.held if id not in seen.moved_by_hand}
        size = {id: parameter.size for id, parameter in seen.parameters.items()}
        return cls(
            steps=len(steps),
            values=sum(size[id] for id in reached),
            left_out=sum(size[id] for id in left_out),
            names=names_of(left_out, seen.parameters),
            unregistered=bool(left_out & seen.unregistered),
            where=steps[0].where if steps else "",
        )


def check(seen: Evidence) -> Finding | None:
    """None where every gradient is used."""
    if seen.steps < STEPS or not seen.left_out:
        return None
    share = seen.left_out / seen.values
    return Finding(
        rule=RULE.id,
        severity="error" if share > 0.5 else RULE.severity,
        what=f"{seen.left_out:,} of {seen.values:,} values get gradients, but are in no optimizer ({share:.0%})",
        where=f"{seen.names}; the step at {seen.where}",
        why="these layers stay as they were initialized, and the rest learns around them.",
        try_="nn.ModuleList or nn.ModuleDict in place of the plain list or dict that holds these layers"
        if seen.unregistered
        else "optimizer = torch.optim.AdamW(model.parameters()), made after the model is complete",
        evidence={"left_out": seen.left_out, "values": seen.values},
    )


RULE = Rule(id="PJ106", name="parameter-not-in-optimizer", severity="warning", needs=Evidence, check=check)
