"""PJ204 loss-cut-off: the loss is cut off from the network, so no gradient can reach it.

What it sees: whether the loss has a graph, and whether a backward changes the gradient of any parameter.
Why it hurts: nothing is learned, however long the loop runs; where the loss has no graph at all, backward fails.
How to mend: keep the loss a tensor all the way: no .item(), .detach(), .data, .numpy() or torch.tensor(loss) between
    the network and backward, and no torch.no_grad() around the forward pass.
What it cannot see: a cut that leaves some layers connected; a frozen trunk is such a cut, and sound.
Threshold: one loss without a graph, or 3 backwards none of which reaches a parameter. Source: Humbatova et al.,
    "Taxonomy of Real Faults in Deep Learning Systems" (ICSE 2020); the 3 is ours.
"""

from typing import Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Backward, Trace

BACKWARDS = 3


class Evidence(msgspec.Struct, frozen=True):
    """Backwards that reached no parameter, where none ever did."""

    backwards: int
    without_graph: bool = False
    where: str = ""

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """Parameters are those of modules called and of optimizers."""
        backwards = seen.of(Backward)
        if not seen.parameters or any(event.reached for event in backwards):
            return cls(0)
        return cls(len(backwards), any(not e.has_graph for e in backwards), backwards[0].where if backwards else "")


def check(seen: Evidence) -> Finding | None:
    """None where a gradient arrives."""
    if not seen.without_graph and seen.backwards < BACKWARDS:
        return None
    how = "has no graph" if seen.without_graph else f"reaches no parameter in {seen.backwards} backwards"
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"the loss is cut off from the network: it {how}",
        where=f"the backward at {seen.where}",
        why="no gradient arrives, so nothing is learned.",
        try_="take .item(), .detach(), .data, torch.tensor(...) and torch.no_grad() out of the way to the loss",
        evidence={"backwards": seen.backwards, "without_graph": seen.without_graph},
    )


RULE = Rule(id="PJ204", name="loss-cut-off", severity="error", needs=Evidence, check=check)
