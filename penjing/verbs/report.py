"""report: one offline page from a run or a grid, at whatever point it stands."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from penjing.findings import PenjingError
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import one_source

if TYPE_CHECKING:
    from penjing.findings import Finding
    from penjing.reports.examples import Examples
    from penjing.run import Run


def report(run: str | Path) -> Path:
    """Write `report.html` into a run or a grid: the same run gives the same bytes.

    A run that is unfinished, not scored or made from data that is gone has its page too, which says what is missing.

    Args:
        run: the folder of a run, or of a grid of them.

    Returns:
        The page, less than a megabyte, in need of nothing from outside.

    Raises:
        PenjingError: `no-such-path`, `not-a-run` and others of opening the run; `cannot-write`.
    """
    from penjing import files
    from penjing.evaluation.record import evaluations_of
    from penjing.reports.page import Page, render
    from penjing.rules import RULES
    from penjing.run import Run
    from penjing.verbs.grid import Grid
    from penjing.verbs.grid_report import write_page

    if Grid.is_at(run):
        return write_page(Grid(run))
    opened = Run.open(run)
    evaluations = evaluations_of(opened)
    page = Page(
        run=str(opened.path),
        config=opened.config,
        findings=opened.findings,
        rules=len(RULES),
        log=opened.log,
        evaluations=evaluations,
        examples=_examples(opened, "test" if "test" in evaluations else "validation"),
        parent=str(opened.parent) if opened.parent else None,
        compression=opened.compression.get("how", ""),
        is_finished=opened.is_finished,
        options=_options(opened),
    )
    path = opened.path / "report.html"
    files.write(path, render(page).encode())
    return path


def _options(run: "Run") -> type[msgspec.Struct] | None:
    """What the task can be told; None where it is the user's and not there any more, which the examples say."""
    from penjing import tasks

    try:
        return tasks.load(run.config.task).Options
    except PenjingError:
        return None


def _examples(run: "Run", split: str) -> "Examples | Finding":
    """Drawn answers, or why there are none. The test split is looked at only where it has been scored."""
    from penjing.reports.examples import examples
    from penjing.verbs.opened import open_for_judging

    try:
        opened = open_for_judging(run.path)
        return examples(opened.task, opened.predictor, opened.spec, split, opened.data().splits[split])
    except PenjingError as error:
        return error.finding


@click.command()
@click.argument("source", nargs=-1, metavar="RUN|GRID")
def command(source: tuple[str, ...]) -> Outcome:
    """Write one offline page: findings first, then score, curves, answers, choices, cost and how to go on."""
    path = report(one_source(source))
    return Outcome(
        result={"file": str(path), "size_bytes": path.stat().st_size},
        show=lambda console: console.print(f"{path}  ({path.stat().st_size / 1000:,.0f} kB)", soft_wrap=True),
    )
