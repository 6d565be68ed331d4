"""train_grid: several models, several seeds, one after another in one folder; each is a training like any other."""

import re
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from penjing import settling
from penjing.evaluation.by_model import Row, by_model, row_of
from penjing.findings import Finding, PenjingError, stop
from penjing.run import Run
from penjing.verbs.grid import Asked, Cell, Grid, refuse_same
from penjing.verbs.outcome import Outcome

if TYPE_CHECKING:
    from rich.console import Console

    from penjing.training.job import Job


class TrainedGrid(msgspec.Struct, frozen=True, kw_only=True):
    """What a grid came to."""

    grid: str
    rows: tuple[Row, ...]  # a model each, where at least one seed is done
    runs: tuple[str, ...]  # that are done
    findings: tuple[Finding, ...]  # an error for each run that failed
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
    from penjing.training.session import fresh_network
    from penjing.training.shared_execution import shared
    from penjing.verbs.grid_text import show_settled
    from penjing.verbs.text import error_console

    console = error_console()
    if resume is not None:
        grid = Grid(resume)
        words = {"a source": source, "--model": models or None, "--seeds": seeds}
        _refuse_beside(resume, {**words, "--task": task, "--out": out, "--settings": file}, settings or {})
    else:
        asked = Asked(
            source=str(Path(_needed(source)).resolve()) if Path(_needed(source)).exists() else str(source),
            task=task,
            models=tuple(models) or (None,),
            seeds=tuple(range(seeds) if isinstance(seeds, int) else seeds if seeds is not None else (0,)),
            settings=dict(settings or {}),
            file=str(file) if file else None,
        )
        if out is not None:
            Grid.refuse_existing(Path(out))
        asked = msgspec.structs.replace(asked, settled=shared(_planned(asked), fresh_network))
        name = Path(asked.source.rpartition(":")[2]).stem or "run"
        grid = Grid.create(Path(out) if out else jobs.next_run(f"{name}-grid"), asked)
    show_settled(grid.asked.settled, console)
    with Run(grid.path).lock():
        for cell in grid.cells:
            if not cell.is_done:
                _train_cell(grid, cell, console, explain_choices=explain_choices)
                _write_page(grid)
        return _trained(grid)


def _planned(asked: Asked) -> list["Job"]:
    """The job of each model, as `train` plans it: a fault of the fourth is better known now than in the night."""
    from penjing.training import devices, trackers
    from penjing.training import job as jobs
    from penjing.training.session import fresh_network, judged, refuse_too_short

    for key in ("model", "seed"):
        if key in asked.settings:
            raise _usage(f"{key}={asked.settings[key]}", f"`{key}` was given beside the grid's own {key}s")
    if not asked.seeds:
        raise _usage("--seeds 0", "a grid needs a seed")
    refuse_same(asked)
    planned = []
    for model in asked.models:
        typed = asked.settings | {"seed": asked.seeds[0]} | ({"model": model} if model else {})
        job = jobs.plan(asked.source, settling.asked(typed, Path(asked.file) if asked.file else None), asked.task)
        trackers.load(job.config.train.track)
        devices.choose(job.config.train.device)
        refuse_too_short(job, fresh_network(job))
        planned.append(job)
    judged(planned[0])  # the data are the same for all
    return planned


def _train_cell(grid: Grid, cell: Cell, console: "Console", *, explain_choices: bool) -> None:
    """One training, begun or gone on with; what ends it is kept, unless a person did."""
    from penjing.verbs.train import train

    asked, failures = grid.asked, grid.failures
    before = failures.pop(cell.path.name, None)
    console.print(f"\n{grid.cells.index(cell) + 1} of {len(grid.cells)}   {cell.path}")
    try:
        if cell.is_begun:
            train(resume=cell.path, explain_choices=explain_choices)
        else:
            train(
                asked.source,
                task=asked.task,
                model=cell.model,
                out=cell.path,
                settings=asked.settings | {"seed": cell.seed},
                file=grid.file,
                settled=asked.settled,
                explain_choices=explain_choices,
            )
    except PenjingError as error:
        if error.finding.rule == "interrupted":
            raise _interrupted(grid) from error
        failures[cell.path.name] = error.finding
    except Exception as error:  # noqa: BLE001  a night's other trainings do not fall with one network of someone's
        failures[cell.path.name] = _unforeseen(error)
    if before or cell.path.name in failures:
        grid.write_failures(failures)


def _trained(grid: Grid) -> TrainedGrid:
    done = [Run(cell.path) for cell in grid.cells if cell.is_done]
    return TrainedGrid(
        grid=str(grid.path),
        rows=tuple(row_of(model, runs) for model, runs in by_model(done).items()),
        runs=tuple(str(run.path) for run in done),
        findings=tuple(_failed(grid, name, finding) for name, finding in grid.failures.items()),
        report=str(_write_page(grid)),
    )


def _write_page(grid: Grid) -> Path:
    from penjing import files
    from penjing.reports.grid import GridPage, render

    runs = by_model(Run(cell.path) for cell in grid.cells if cell.is_done)
    page = GridPage(
        grid=str(grid.path),
        source=grid.asked.source,
        asked=len(grid.cells),
        done=sum(map(len, runs.values())),
        settings=grid.asked.settings | {name: choice.value for name, choice in grid.asked.settled.items()},
        rows=[row_of(model, of_model) for model, of_model in runs.items()],
        logs={model: [run.log for run in of_model] for model, of_model in runs.items()},
        failures=grid.failures,
        penjing=grid.asked.penjing,
    )
    path = grid.path / "report.html"
    files.write(path, render(page).encode())
    return path


def _failed(grid: Grid, name: str, finding: Finding) -> Finding:
    return msgspec.structs.replace(
        finding, severity="error", what=f"{name}: {finding.what}", evidence={"run": str(grid.path / name)}
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


def _interrupted(grid: Grid) -> PenjingError:
    return stop(
        "interrupted",
        "the grid was stopped by ^C; everything up to here is saved",
        where=str(grid.path),
        why="you asked for it.",
        try_=f"penjing train --resume {grid.path}  goes on, bit for bit",
    )


def _needed(source: str | Path | None) -> str | Path:
    if source is None:
        raise _usage("penjing train", "a grid needs a source")
    return source


def _refuse_beside(resume: str | Path, given: Mapping[str, object | None], settings: Mapping[str, Any]) -> None:
    words = [*(word for word, value in given.items() if value is not None), *settings]
    if words:
        raise _usage(f"--resume {resume}", f"--resume stands alone; {', '.join(words)} was given too")


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
