"""PJ102 softmax-before-cross-entropy: probabilities go where logits are meant.

What it sees: the graph of the loss: a log-softmax, as cross-entropy begins with, whose input is a softmax,
    or a part of one, or one times a number up to 1.
Why it hurts: a softmax of probabilities is almost even, so the loss cannot fall below about ln(1 + (K - 1)/e) and its
    gradient is tiny: the network learns slowly, and never to be sure.
How to mend: give the logits to the loss; apply softmax only where probabilities are wanted, after training.
What it cannot see: a softmax outside of autograd's graph, or inside a compiled one; one that is written
    by hand with exp and sum; one that is divided, added to or times more than 1. A log-softmax applied twice
    changes nothing (a note).
Threshold: none, it is exact; one loss is enough. Source: PyTorch's documentation of CrossEntropyLoss ("input is
    expected to contain the unnormalized logits"); Humbatova et al., "Taxonomy of Real Faults in Deep Learning
    Systems" (ICSE 2020).
"""

import math
from typing import Literal, Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Backward, Trace


class Evidence(msgspec.Struct, frozen=True):
    """What stands directly before the log-softmax of a cross-entropy."""

    after: Literal["", "softmax", "log_softmax"]
    classes: int = 0
    where: str = ""

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """The first loss whose graph shows it."""
        for event in seen.of(Backward):
            if event.objective and event.objective.after:
                return cls(event.objective.after, event.objective.classes, event.where)
        return cls("")


def check(seen: Evidence) -> Finding | None:
    """An error for softmax, a note for log-softmax."""
    if not seen.after:
        return None
    if seen.after == "log_softmax":
        return Finding(
            rule=RULE.id,
            severity="note",
            what="log_softmax is applied twice: in the network, and in cross-entropy",
            where=seen.where,
            why="the second one changes nothing and costs a little time.",
            try_="F.nll_loss(log_probabilities, y), or take log_softmax out of the network",
        )
    floor = math.log(1 + (seen.classes - 1) / math.e) if seen.classes > 1 else 0.0
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what="softmax stands before cross-entropy, which applies it itself",
        where=seen.where,
        why=f"with {seen.classes} classes the loss cannot fall below {floor:.2f} then, and gradients are tiny.",
        try_="return the logits: take softmax out of forward, F.cross_entropy(logits, y)",
        evidence={"classes": seen.classes, "lowest_loss": floor},
    )


RULE = Rule(id="PJ102", name="softmax-before-cross-entropy", severity="error", needs=Evidence, check=check)
