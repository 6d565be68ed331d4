"""What a row's command gave: what it printed, how long it took, on which machine, and what its runs hold beside it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.rows import Row
from penjing import files
from penjing.evaluation.curves import loss_at_end
from penjing.evaluation.record import evaluations_of
from penjing.run import Run
from penjing.verbs.grid import Grid

REPOSITORY = Path(__file__).resolve().parents[1]
KEPT = REPOSITORY / "benchmarks" / "measured"


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a run's folder and not on standard output."""

    model: str
    seed: int
    curve: tuple[tuple[float, float], ...]  # share of the budget, validation score
    loss: float | None  # of training, over the last tenth of the steps
    steps: int
    seconds: float
    draws: tuple[float, ...]  # of the primary test score, one a bootstrap resample: what pairs it with another run's


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What one row gave."""

    name: str
    command: tuple[str, ...]
    seconds: tuple[float, ...]  # wall time of each run, from the shell's prompt to the next
    output: Any  # the JSON that the command printed; None where it prints words
    machine: dict[str, Any]
    runs: tuple[RunFacts, ...] = ()  # that it trained


def keep(record: Record) -> None:
    """Write a record where `record_of` finds it, on one line: it comes with the repository, and nobody reads it."""
    files.write(KEPT / f"{record.name}.json", msgspec.json.encode(record) + b"\n")


def record_of(row: Row) -> Record | None:
    """What was measured by this very command, if it was."""
    path = KEPT / f"{row.name}.json"
    record = files.read_json(path, Record) if path.exists() else None
    return record if record and record.command == row.command else None


def all_records(rows: Sequence[Row]) -> dict[str, Record]:
    """By name, of those rows that were measured."""
    return {row.name: record for row in rows if (record := record_of(row))}


def printed(text: str) -> Any:
    """The JSON that a command printed; None where it printed words.

    Of a verb's, only its scores: all else is settings, which the command says, and where things lie on this machine.
    """
    output = json.loads(text) if text.startswith(("{", "[")) else None
    if not (isinstance(output, dict) and "verb" in output):
        return output
    return {"result": {name: value for name, value in output["result"].items() if name in ("scores", "rows")}}


def facts_at(folder: Path) -> tuple[RunFacts, ...]:
    """Of the run, or of each finished run of the grid, in a folder; empty where there is none."""
    if Grid.is_at(folder):
        return tuple(facts_of(Run(cell.path)) for cell in Grid(folder).cells if cell.is_done)
    return (facts_of(Run.open(folder)),) if (folder / "config.json").exists() else ()


def facts_of(run: Run) -> RunFacts:
    """Of a run that was trained to its end and scored."""
    log, config = run.log, run.config
    return RunFacts(
        model=config.model.model,
        seed=config.seed,
        curve=tuple((line["fraction"], line["validation"]) for line in log if "validation" in line),
        loss=loss_at_end(log),
        steps=log[-1]["step"] if log else 0,
        seconds=log[-1]["seconds"] if log else 0.0,
        draws=tuple(round(draw, 6) for draw in evaluations_of(run)["test"].scores.draws),
    )
