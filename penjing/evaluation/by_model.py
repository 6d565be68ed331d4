"""By model: runs that differ by model and seed, as a row for each model. No torch."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from penjing.evaluation.curves import loss_at_end
from penjing.evaluation.measured import measured_apart
from penjing.evaluation.record import evaluations_of, mean_train_seconds, over_primary
from penjing.evaluation.seeds import OverSeeds, over_seeds
from penjing.run import Run


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A model over its seeds."""

    model: str
    seeds: tuple[int, ...]
    score_name: str
    score: OverSeeds  # of the test split
    loss: OverSeeds | None  # of training, over the last tenth of its steps; None where none was logged
    parameters: int | None
    seconds: float | None  # of one training, mean
    apart: dict[str, tuple[Any, ...]] = {}  # settings that were measured, and differ: of each seed


def by_model(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Runs by the name of their model, in the order in which the names come."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.config.model.model, []).append(run)
    return groups


def row_of(model: str, runs: Sequence[Run]) -> Row:
    """One model: its runs were trained to their end and scored on the test split."""
    scored = [evaluations_of(run)["test"] for run in runs]
    losses = [loss for run in runs if (loss := loss_at_end(run.log)) is not None]
    return Row(
        model=model,
        seeds=tuple(run.config.seed for run in runs),
        score_name=scored[0].scores.primary.name,
        score=over_primary(scored),
        loss=over_seeds(losses) if losses else None,
        parameters=scored[0].cost.parameters,
        seconds=mean_train_seconds(scored),
        apart=measured_apart(runs),
    )
