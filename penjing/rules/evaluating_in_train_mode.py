"""PJ111 evaluating-in-train-mode: a network is scored while dropout or batch norm act as in training.

What it sees: calls without gradients, one after another with no training between, on a network in training mode.
Why it hurts: dropout throws away part of what the network knows, and batch norm normalizes by whatever stands in the
    batch and even learns from it: the score is another one with each batch size, and held-out data leaks into the
    statistics.
How to mend: model.eval() before an evaluation, model.train() after it.
What it cannot see: an evaluation of a single batch of the training's size (a GAN's or a teacher's call looks the
    same), and one with gradients on. Dropout alone may be on by purpose (Monte Carlo dropout): a warning. Batch norm
    whose statistics are measured anew (momentum None, as in weight averaging) is left alone.
Threshold: as many rows in a row as 3 training batches. Source: Ioffe and Szegedy, "Batch Normalization" (ICML 2015),
    section 3.1; Gal and Ghahramani, "Dropout as a Bayesian Approximation" (ICML 2016); the 3 is ours.
"""

import statistics
from typing import Self

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule
from penjing.rules.trace import Forward, Trace

BATCHES = 3


class Evidence(msgspec.Struct, frozen=True):
    """The longest run of calls without gradients in training mode."""

    rows: int
    rows_of_a_batch: float
    module: str = ""
    kinds: tuple[str, ...] = ()
    where: str = ""

    @classmethod
    def of(cls, seen: Trace) -> Self:
        """Of the networks that are trained; a step, a backward or another call of the same network ends a run."""
        longest = cls(0, 1)
        for number, module in seen.modules.items():
            batches = [e.rows for e in seen.of(Forward) if e.module == number and e.recording and e.training and e.rows]
            if not batches or not module.parameters & seen.held:
                continue
            rows = 0
            for event in seen.events:
                if not isinstance(event, Forward):
                    rows = 0
                elif event.module == number:
                    counts = event.training and not event.recording and event.kinds_training
                    rows = rows + event.rows if counts else 0
                    if rows > longest.rows:
                        kinds = tuple(sorted(event.kinds_training))
                        longest = cls(rows, statistics.median(batches), module.name, kinds, event.where)
        return longest


def check(seen: Evidence) -> Finding | None:
    """An error where batch norm is inside, a warning where it is dropout alone."""
    if seen.rows < BATCHES * seen.rows_of_a_batch or not seen.kinds:
        return None
    inside = " and ".join(seen.kinds)
    return Finding(
        rule=RULE.id,
        severity=RULE.severity if "batch norm" in seen.kinds else "warning",
        what=f"{seen.rows:,} rows went through {seen.module} without gradients, in training mode",
        where=seen.where,
        why=f"{inside} inside, on as in training: the score is not the network's, and depends on the batches.",
        try_="model.eval() before the evaluation, model.train() after it",
        evidence={"rows": seen.rows, "rows_of_a_batch": seen.rows_of_a_batch, "layers": list(seen.kinds)},
    )


RULE = Rule(id="PJ111", name="evaluating-in-train-mode", severity="error", needs=Evidence, check=check)
