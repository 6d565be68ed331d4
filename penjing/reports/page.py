"""The page: what is known of a run, laid out as one HTML file that needs nothing from outside.

What it is, the verdict, findings, the score beside its baselines, curves, answers, choices, cost, how to go on. The
same run gives the same bytes, so there is no date on it. Looks are in `page.css`, order and words in `page.html`.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from penjing.config import Config
from penjing.evaluation.record import Evaluation
from penjing.findings import Finding
from penjing.reports.examples import Examples
from penjing.reports.labels import labels
from penjing.reports.plots import Line, confusion, curves, intervals
from penjing.reports.templates import rendered, typeset
from penjing.reports.verdict import caution, verdict
from penjing.settling import chosen


@dataclass(frozen=True)
class Page:
    """All that a report tells."""

    run: str  # the folder, as it was given
    config: Config[Any]
    findings: list[Finding]  # the one to mend first in front
    rules: int  # how many the catalogue holds
    log: Sequence[Line]
    evaluations: dict[str, Evaluation]  # by split
    examples: Examples | Finding  # drawn answers, or why there are none
    parent: str | None  # of a compressed run
    compression: str  # how that one was made; "" for a trained one
    is_finished: bool
    options: type[msgspec.Struct] | None = None  # of the task, where it could be loaded

    @property
    def evaluation(self) -> Evaluation | None:
        """The score to be judged by: of the test split where it was scored."""
        return next(
            (self.evaluations[split] for split in ("test", "validation", "train") if split in self.evaluations), None
        )

    @property
    def fraction(self) -> float:
        """The share of the budget that is spent."""
        return float(self.log[-1]["fraction"]) if self.log else 0.0


def render(page: Page) -> str:
    """The page as HTML, the same for the same run."""
    evaluation = page.evaluation
    picked = chosen(page.config.origins, page.options)
    defaults = {name: choice for name, choice in page.config.origins.items() if name not in picked}
    return rendered(
        "page.html",
        {
            "page": page,
            "name": Path(page.config.data.source).name,
            "evaluation": evaluation,
            "verdict": typeset(verdict(evaluation)) if evaluation else "Not scored yet.",
            "caution": caution(page.findings),
            "intervals": intervals(evaluation) if evaluation else None,
            "confusion": confusion(evaluation.scores.details) if evaluation else None,
            "labels": labels(evaluation.scores.details, evaluation.scores.primary.n) if evaluation else None,
            "curves": curves(page.log),
            "examples": page.examples if isinstance(page.examples, Examples) else None,
            "no_examples": page.examples if isinstance(page.examples, Finding) else None,
            "picked": picked,
            "defaults": defaults,
            "costs": evaluation.cost.in_words() if evaluation else [],
            "commands": commands(page),
        },
    )


def commands(page: Page) -> list[tuple[str, str]]:
    """What to type next, and what for."""
    run = shlex.quote(page.run)
    if not page.is_finished:
        return [
            (f"penjing train --resume {run}", "go on with the training, bit for bit"),
            (f"penjing check {run}", "look for what is wrong with it"),
        ]
    again = [] if page.parent else [(f"penjing train --again {run}", "the same training once more, from config.json")]
    return [
        (f"penjing export {run}", "one file that carries its proof and needs no torch"),
        (f"penjing predict {run} INPUT", "answer an input of yours"),
        (f"penjing explain {run}", "what moved an answer, and whether to believe it"),
        (f"penjing compress {run}", "smaller and faster, where it pays"),
        (f"penjing compare {run} OTHER_RUN", "is the difference to another run more than noise?"),
        *again,
    ]
