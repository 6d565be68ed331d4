"""What an evaluation leaves behind: a split's score with all that must stand beside it. No torch."""

import statistics
from collections.abc import Sequence
from typing import Any

import msgspec

from penjing import files
from penjing.evaluation.scores import Difference, Scores
from penjing.evaluation.seeds import OverSeeds, over_seeds
from penjing.run import Run


class Baseline(msgspec.Struct, frozen=True):
    """What one gets without our network, and by how much ours is better."""

    scores: Scores
    ours_less_this: Difference


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a network costs; None where the engine does not tell."""

    parameters: int | None = None
    macs: int | None = None  # of one graph call (a picture, a character): multiply-adds of convolutions and products
    size_bytes: int | None = None
    train_seconds: float | None = None

    def in_words(self) -> list[tuple[str, str]]:
        """Figure and unit of each cost that is known."""
        words = {
            "parameters": (self.parameters, "{:,}"),
            "multiply-adds a call": (self.macs, "{:,}"),
            "bytes": (self.size_bytes, "{:,}"),
            "seconds of training": (self.train_seconds, "{:,.1f}"),
        }
        return [(form.format(value), unit) for unit, (value, form) in words.items() if value is not None]


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """A split's score, never alone."""

    split: str
    scores: Scores
    baselines: dict[str, Baseline]
    cost: Cost
    engine: str
    data_fingerprint: str
    times_scored: int | None  # looks at this split so far; None for a file, which keeps no count
    weights: str = ""  # the seal of those that were scored; "" where a file or graphs were


def evaluations_of(run: Run) -> dict[str, Evaluation]:
    """What a run's scores.json holds of the weights that answer now, by split.

    Raises:
        PenjingError: `not-as-written` where it holds something else.
    """
    try:
        return msgspec.convert(run.scores, dict[str, Evaluation])
    except msgspec.ValidationError as error:
        raise files.not_as_written(run.path / "scores.json", error) from error


def over_primary(evaluations: Sequence[Evaluation]) -> OverSeeds:
    """The primary score over trainings of the same settings, with an interval that holds nothing that it cannot be."""
    scores = [one.scores.primary for one in evaluations]
    return over_seeds([score.value for score in scores], is_share=all(score.is_share for score in scores))


def mean_train_seconds(evaluations: Sequence[Evaluation]) -> float | None:
    """Of one training, over those whose seconds are known; None where there are none."""
    known = [one.cost.train_seconds for one in evaluations if one.cost.train_seconds is not None]
    return statistics.fmean(known) if known else None


def without_draws(record: Any) -> Any:
    """An evaluation as JSON, less the bootstrap draws: they serve to compare runs, and are most of its length."""
    if isinstance(record, list | tuple):
        return [without_draws(part) for part in record]
    if isinstance(record, dict):
        return {key: without_draws(value) for key, value in record.items() if key != "draws"}
    return record
