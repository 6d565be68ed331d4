"""`make results`: a queue of measurements, each kept as JSON in benchmarks/measured, and RESULTS.md made from them.

A row that was measured by the same command is not measured again, so a queue that was stopped goes on where it was, in
the middle of a grid of trainings too. The records come with the repository: what is to be measured on your own machine
is measured again. What there is, and what is missing, `--list` tells; the rows themselves stand in `rows.py`:

    python -m benchmarks.results --list
    python -m benchmarks.results --only 'cifar10-*'
    python -m benchmarks.results --again cifar10-10m-0
    python -m benchmarks.results --again '*'

RESULTS.md holds what was measured and nothing else. A floor that was not reached says so, and so does a row without a
measurement.
"""

import fnmatch
import subprocess
import sys
from collections.abc import Sequence

import click
from rich.console import Console

from benchmarks.measuring import measure
from benchmarks.records import REPOSITORY, all_records, keep, record_of
from benchmarks.results_page import render
from benchmarks.results_words import typed
from benchmarks.rows import ROWS, Row
from penjing import files
from penjing.verbs.text import table


def chosen(patterns: Sequence[str], rows: Sequence[Row]) -> set[str]:
    """Names of the rows that any pattern names.

    Raises:
        click.UsageError: for a pattern that names none.
    """
    names = [row.name for row in rows]
    matched = {pattern: fnmatch.filter(names, pattern) for pattern in patterns}
    if none := [pattern for pattern, found in matched.items() if not found]:
        raise click.UsageError(f"no row {', '.join(none)}; there are {', '.join(names)}")
    return {name for found in matched.values() for name in found}


def lacks(row: Row) -> list[str]:
    """What a row needs and is not here."""
    return [path for path in row.needs if not (REPOSITORY / path).exists()]


def show(rows: Sequence[Row], console: Console) -> None:
    """Each row: about how long it takes, and whether it was measured."""
    lines, left = [], 0.0
    for row in rows:
        missing = lacks(row)
        state = "measured" if record_of(row) else f"needs {', '.join(missing)}" if missing else "missing"
        left += row.minutes if state == "missing" else 0
        lines.append((row.name, f"{row.minutes:g}", state, typed(row.command)))
    console.print(table(["row", "minutes", "", "command"], lines))
    console.print(f"about {left:.0f} minutes to go, on two free cores")


def measure_all(rows: Sequence[Row], again: set[str], console: Console) -> list[str]:
    """Measure what was not measured yet; gives the names of what failed."""
    failed = []
    for row in rows:
        if record_of(row) and row.name not in again:
            continue
        if missing := lacks(row):
            console.print(f"[dim]{row.name}: skipped, {', '.join(missing)} is not here[/]")
            continue
        console.print(f"[bold]{row.name}[/]  {typed(row.command)}  [dim]about {row.minutes:g} min[/]")
        try:
            keep(measure(row))
        except subprocess.CalledProcessError as error:
            console.print(f"[bold red]{row.name} failed[/]: {error}")
            failed.append(row.name)
    return failed


@click.command()
@click.option("--only", multiple=True, metavar="GLOB", help="Of these rows alone what is missing, such as 'cifar10-*'.")
@click.option("--again", multiple=True, metavar="GLOB", help="These rows, though they were measured; '*' for all.")
@click.option("--list", "as_list", is_flag=True, help="Show the rows, how long they take, and what is missing.")
@click.option("--page", "page_alone", is_flag=True, help="Measure nothing: write RESULTS.md from what was measured.")
def main(only: tuple[str, ...], again: tuple[str, ...], as_list: bool, page_alone: bool) -> None:
    """Measure what was not measured yet, and write RESULTS.md."""
    named = [*only, *again]
    wanted = chosen(named, ROWS)
    rows = [row for row in ROWS if row.name in wanted or not named]
    if as_list:
        show(rows, Console(highlight=False))
        return
    console = Console(stderr=True, highlight=False)
    failed = [] if page_alone else measure_all(rows, chosen(again, ROWS), console)
    records = all_records(ROWS)
    files.write(REPOSITORY / "RESULTS.md", render(ROWS, records).encode())
    console.print(f"RESULTS.md: {len(records)} of {len(ROWS)} rows measured")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
