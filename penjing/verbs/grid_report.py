"""A grid's page, and what the rules found in its runs, at whatever point they stand."""

from pathlib import Path

from penjing.evaluation.by_model import by_model, row_of
from penjing.rules.across_runs import Found, across_runs
from penjing.run import Run
from penjing.verbs.grid import Grid


def write_page(grid: Grid) -> Path:
    """Write `report.html` into a grid: its models side by side, from the runs that are done."""
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
        findings=[*(Found(finding, [name]) for name, finding in grid.failures.items()), *findings_of(grid)],
        penjing=grid.asked.penjing,
    )
    path = grid.path / "report.html"
    files.write(path, render(page).encode())
    return path


def findings_of(grid: Grid) -> list[Found]:
    """What the rules found in the runs, each once; what ended a run is no part of it."""
    failures = grid.failures
    return across_runs(
        {
            cell.path.name: [found for found in Run(cell.path).findings if found != failures.get(cell.path.name)]
            for cell in grid.cells
            if cell.is_begun
        }
    )
