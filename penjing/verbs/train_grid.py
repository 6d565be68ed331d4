"""train_grid: several models, several seeds, one after another in one folder; each is a training like any other."""

import re
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from penjing import settling
from penjing.config import Choice
from penjing.evaluation.by_model import Row, by_model, row_of
from penjing.findings import Finding, PenjingError, listed, stop
from penjing.rules.across_runs import Found
from penjing.run import Run
from penjing.verbs.grid import Asked, Cell, Grid, refuse_same
from penjing.verbs.grid_report import findings_of, write_page
from penjing.verbs.memory import no_room
from penjing.verbs.outcome import Outcome
from penjing.verbs.train import needed, refuse_beside, train_job, united

if TYPE_CHECKING:
    from rich.console import Console

    from penjing.training.job import Job
    from penjing.verbs.training_text import Telling


class TrainedGrid(msgspec.Struct, frozen=True, kw_only=True):
    """What a grid came to."""

    grid: str
    rows: tuple[Row, ...]  # a model each, where at least one seed is done
    runs: tuple[str, ...]  # that are done
    findings: tuple[Finding, ...]  # an error for each run that failed, and what its runs found, once
    report: str


def train_grid(
    source: str | Path | None = None,
    *,
    models: Sequence[str] = (),
    seeds: int | Sequence[int] | None = None,
    task: str | None = None,
    out: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
    file: str | Path | None = None,
    resume: str | Path | None = None,
    explain_choices: bool = False,
) -> TrainedGrid:
    """Train each model with each seed, and say what they come to, with intervals over the seeds.

    What the settings leave to this machine and a comparison needs to be equal is settled once, for all runs: precision,
    order in memory, number of epochs.

    Killed and resumed, it goes on with the run that was under way, bit for bit, and leaves alone what is done. A run
    that fails is a finding, and the rest goes on; resuming tries it again.

    Args:
        source: as for `train`.
        models: names or paths; with none, the one that the task chooses.
        seeds: how many, from 0, or which; one where nothing is said.
        task: as for `train`.
        out: the folder; runs/NAME-grid-1, -2, ... where it is not given.
        settings: of every run, by name.
        file: a TOML file of settings; a copy of it is kept.
        resume: a grid to go on with.
        explain_choices: print every setting of each run with its origin and why.

    Raises:
        PenjingError: what would stand in the way of every run, before the first one: `usage`, `unknown-model`, those of
            reading the source; `run-in-use`; `interrupted` after ^C, all saved.
    """
    from penjing.training import job as jobs
    from penjing.verbs.training_text import Telling

    said = united(settings or {}, {"task": task})
    if resume is not None:
        grid = Grid(resume)
        words = {"a source": source, "--model": models or None, "--seeds": seeds}
        given = {**words, "--out": out, "--settings": file}
        beside = [word for word, value in given.items() if value is not None]
        refuse_beside(f"--resume {resume}", [*beside, *said])
    else:
        asked = Asked(
            source=needed(source),
            task=said.pop("task", None),
            models=tuple(models) or (None,),
            seeds=tuple(range(seeds) if isinstance(seeds, int) else seeds if seeds is not None else (0,)),
            settings=said,
            file=str(file) if file else None,
        )
        if out is not None:
            Grid.refuse_existing(Path(out))
        asked = _settled(asked)
        grid = Grid.create(Path(out) if out else jobs.next_run(asked.source, "grid"), asked)
    several = {"model": grid.asked.models, "seed": grid.asked.seeds}  # the folders of the runs tell which
    telling = Telling(everything=explain_choices, aside=[name for name, values in several.items() if len(values) > 1])
    telling.choices(grid.asked.settled)
    with Run(grid.path).lock():
        for cell in grid.cells:
            if not cell.is_done:
                _train_cell(grid, cell, telling)
                write_page(grid)
        return _trained(grid)


def _settled(asked: Asked) -> Asked:
    """With what all runs have in common: the source as it is found from any folder, and what was measured for all."""
    from penjing.training.session import fresh_network
    from penjing.training.shared_execution import shared_settings
    from penjing.verbs.training_text import measuring

    planned = _planned(asked)
    with measuring():
        settled = shared_settings(planned, fresh_network)
    return msgspec.structs.replace(asked, source=planned[0].config.data.source, settled=settled)


def _planned(asked: Asked) -> list["Job"]:
    """The job of each model, as `train` plans it: a fault of the fourth is better known now than in the night."""
    from penjing.training import devices, trackers
    from penjing.training.session import findings_on_data, fresh_network, refuse_too_short

    for key in ("model", "seed"):
        if key in asked.settings:
            raise _usage(f"{key}={asked.settings[key]}", f"`{key}` was given beside the grid's own {key}s")
    if not asked.seeds:
        raise _usage("--seeds 0", "a grid needs a seed")
    refuse_same(asked)
    planned = []
    for model in asked.models:
        job = _job_of(asked, model, asked.seeds[0], Path(asked.file) if asked.file else None)
        trackers.load(job.config.train.track)
        devices.choose(job.config.train.device)
        refuse_too_short(job, fresh_network(job))
        planned.append(job)
    findings_on_data(planned[0])  # the data are the same for all
    return planned


def _job_of(asked: Asked, model: str | None, seed: int, file: Path | None) -> "Job":
    """As `train` plans it, with what was settled for all."""
    from penjing.training import job as jobs

    own = {} if asked.seeds == (0,) else {"seed": Choice(seed, "typed", "of --seeds")}
    if model is not None:
        own["model"] = Choice(model, "typed", "of --model")
    if asked.task is not None:
        own["task"] = Choice(asked.task, "typed", "of --task")
    return jobs.plan(asked.source, settling.asked(asked.settings, file) | asked.settled | own)


def _train_cell(grid: Grid, cell: Cell, telling: "Telling") -> None:
    """One training, begun or gone on with; what ends it is kept, unless a person did."""
    from penjing.training import job as jobs
    from penjing.training.session import interrupted

    failures = grid.failures
    before = failures.pop(cell.path.name, None)
    telling.console.print(f"\n{grid.cells.index(cell) + 1} of {len(grid.cells)}   {cell.path}", soft_wrap=True)
    try:
        if cell.is_begun:
            run = Run.open(cell.path)
            train_job(jobs.from_config(run), run, "resumed", telling)
        else:
            job = _job_of(grid.asked, cell.model, cell.seed, grid.file)
            train_job(job, Run(cell.path), "new", telling)
    except PenjingError as error:
        if error.finding.rule == "interrupted":
            raise interrupted(grid.path, "grid") from error
        failures[cell.path.name] = error.finding
    except Exception as error:  # noqa: BLE001  a night's other trainings do not fall with one network of someone's
        failures[cell.path.name] = no_room(error, str(cell.path)) or _unforeseen(error)
    if before or cell.path.name in failures:
        grid.write_failures(failures)


def _trained(grid: Grid) -> TrainedGrid:
    done = [Run(cell.path) for cell in grid.cells if cell.is_done]
    return TrainedGrid(
        grid=str(grid.path),
        rows=tuple(row_of(model, runs) for model, runs in by_model(done).items()),
        runs=tuple(str(run.path) for run in done),
        findings=(
            *(_failed(grid, name, finding) for name, finding in grid.failures.items()),
            *(_shared(grid, found) for found in findings_of(grid)),
        ),
        report=str(write_page(grid)),
    )


def _shared(grid: Grid, found: Found) -> Finding:
    """The finding with the runs that have it."""
    which = "each run" if len(found.runs) == len(grid.cells) else listed(found.runs)
    return msgspec.structs.replace(
        found.finding,
        where=f"{found.finding.where}; in {which}",
        evidence=found.finding.evidence | {"runs": [str(grid.path / name) for name in found.runs]},
    )


def _failed(grid: Grid, name: str, finding: Finding) -> Finding:
    return msgspec.structs.replace(
        finding,
        severity="error",
        what=f"{name}: {finding.what}",
        evidence=finding.evidence | {"runs": [str(grid.path / name)]},
    )


def _unforeseen(error: Exception) -> Finding:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return stop(
        "unforeseen",
        f"{type(error).__name__}: {error}",
        where=f"{last.filename}:{last.lineno}",
        why="this training met something that Penjing has no words for, and the others went on.",
        try_="if the place above is yours, mend it there and resume the grid; else report it",
    ).finding


def _usage(where: str, what: str) -> PenjingError:
    return stop(
        "usage",
        what,
        where=where,
        why="nothing was done.",
        try_="penjing train sklearn:digits --model cnn,mlp --seeds 3; penjing train --resume GRID",
    )


def is_meant(model: str | None, seeds: str | None, resume: str | Path | None) -> bool:
    """Whether the words of a command ask for a grid: several models, seeds, or to go on with one."""
    return seeds is not None or "," in (model or "") or (resume is not None and Grid.is_at(resume))


def parse_seeds(text: str) -> int | tuple[int, ...]:
    """`3`, which is how many, or `0,1,2`, which ones.

    Raises:
        PenjingError: `bad-seeds`.
    """
    if not re.fullmatch(r"\d+(,\d+)*,?", text) or text == "0":
        raise stop(
            "bad-seeds",
            f"`{text}` names no seeds",
            where=f"--seeds {text}",
            why="it is how many, or which ones.",
            try_="--seeds 3, or --seeds 0,1,2",
        )
    return tuple(int(part) for part in text.split(",") if part) if "," in text else int(text)


def outcome(trained: TrainedGrid) -> Outcome:
    """What the command line shows."""

    def show(console: "Console") -> None:
        from penjing.verbs import grid_text

        grid_text.show(trained, console)

    return Outcome(result=trained, findings=trained.findings, show=show)
