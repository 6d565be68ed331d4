"""PJ101 loss-at-start: the first loss is not what an untrained network must give.

What it sees: the mean loss of the batches before any update, and the loss that theory gives for an untrained network:
    ln K for K classes with cross-entropy (read from the graph, so that scaling, summing and weighting do not matter),
    or the value that the task or you name.
Why it hurts: the first hundreds of steps are spent on squashing the logits; worse, a wrong value is often the first
    sign of a wrong loss, of inputs that are not normalized, or of an answer that leaks into the input.
How to mend: set the last layer's weights near zero and its bias to the log of the class frequencies; normalize the
    inputs; check that the loss is averaged over what you mean.
What it cannot see: losses without a theory value: it stays silent, also on a cross-entropy whose logits do not come as
    they are from a layer with a bias, such as similarities over a temperature (contrastive losses, CLIP), scaled
    cosines (ArcFace), a head without a bias or an average over places. Whether a network was trained before: too low
    a loss is told only where the optimizer was made under the watch and load_state_dict was not called; trained
    weights that were copied by hand look like an answer that leaks.
Threshold: 0.35 nats or 25 % of the theory value, whichever is more; a low loss down to the entropy of the batch's
    labels is sound, for a bias may hold their frequencies. Source: Karpathy, "A Recipe for Training Neural Networks"
    (2019), "verify loss @ init"; the 25 % is ours.
"""

import math
import statistics
from typing import Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Backward, Trace


class Evidence(msgspec.Struct, frozen=True):
    """Losses of the batches before any update, and what theory says they are."""

    losses: tuple[float, ...]
    highest: float | None  # theory; None where it says nothing
    lowest: float | None  # likewise; a network that was trained before may be lower
    where: str

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """Cross-entropies in nats, or whole losses where someone told what they are at the start."""
        first = [] if seen.stepped_before else [e for e in seen.before_first_step() if isinstance(e, Backward)]
        where = first[0].where if first else ""
        if seen.start_loss is not None:
            losses = tuple(event.loss for event in first if event.loss is not None)
            return cls(losses, seen.start_loss, seen.start_loss, where)
        found = [event.objective for event in first if event.objective and event.objective.affine]
        found = [one for one in found if one.loss is not None]
        if not found:
            return cls((), None, None, where)
        theory = math.log(found[0].classes)
        entropy = min(one.label_entropy or 0.0 for one in found)
        losses = tuple(one.loss for one in found if one.loss is not None)
        return cls(losses, theory, min(theory, entropy) if seen.untrained else None, where)


def check(seen: Evidence) -> Finding | None:
    """Compare the mean first loss with theory; None where there is nothing to say."""
    if not seen.losses or seen.highest is None:
        return None
    mean = statistics.fmean(seen.losses)
    too_high = mean > seen.highest + _tolerance(seen.highest)
    too_low = seen.lowest is not None and mean < seen.lowest - _tolerance(seen.lowest)
    if not (too_high or too_low):
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"the first loss is {mean:.2f}, an untrained network gives {seen.highest:.2f}",
        where=f"{seen.where}, before the first step, {len(seen.losses)} batch(es)",
        why="the answers are far from even before anything is learned, or the loss is not the one meant."
        if too_high
        else "the network knows before it has learned: the answer leaks, weights were copied, or the mean is too wide.",
        try_="nn.init.zeros_(head.weight), and normalize the inputs"
        if too_high
        else "look at what the network is given, and at the reduction of the loss",
        evidence={"mean": mean, "expected": seen.highest, "batches": len(seen.losses)},
    )


def _tolerance(expected: float) -> float:
    return max(0.35, 0.25 * abs(expected))


RULE = Rule(id="PJ101", name="loss-at-start", severity="warning", needs=Evidence, check=check)
