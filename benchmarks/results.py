"""`make results`: a queue of measurements, each kept as JSON in runs/results, and RESULTS.md made from them.

A row that was measured by the same command is not measured again, so a queue that was stopped goes on where it was, in
the middle of a grid of trainings too. To measure a row again, delete its JSON or name it. What there is, and what is
missing, `--list` tells; the rows themselves stand in `rows.py`:

    python -m benchmarks.results --list
    python -m benchmarks.results --only 'cifar10-*' --again cifar10-10m-0

RESULTS.md holds what was measured and nothing else. A floor that was not reached says so, and so does a row without a
measurement.
"""

import fnmatch
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from benchmarks.records import Record, facts_at, printed
from benchmarks.results_page import render
from benchmarks.results_words import typed
from benchmarks.rows import FOLDER, ROWS, Row
from penjing import files
from penjing.runtime import machine
from penjing.verbs.grid import Grid
from penjing.verbs.text import table

REPOSITORY = Path(__file__).resolve().parents[1]


# Measuring


def measure(row: Row) -> Record:
    """Run a row's command.

    Raises:
        subprocess.CalledProcessError: where it fails; its words are on standard error by then.
    """
    command, facts, seconds = _begun(row), describe_machine(), []
    for _ in range(row.times):
        began = time.perf_counter()
        done = subprocess.run([sys.executable, *command], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
        seconds.append(time.perf_counter() - began)
    return Record(
        name=row.name,
        command=row.command,
        seconds=tuple(seconds),
        output=printed(done.stdout),
        machine=facts,
        runs=facts_at(REPOSITORY / row.folder) if row.folder else (),
    )


def _begun(row: Row) -> tuple[str, ...]:
    """The words to run: the row's own, or those that go on with the grid that they began."""
    if not row.folder:
        return row.command
    folder = REPOSITORY / row.folder
    began_by = folder.with_name(f"{folder.name}.command.json")
    is_begun = began_by.exists() and files.read_json(began_by, tuple[str, ...]) == row.command
    if is_begun and not _record(row):
        if row.resumes:
            return row.command
        if Grid.is_at(folder):
            return ("-m", "penjing", "train", "--resume", row.folder, "--json")
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted measurement left behind
    files.write_json(began_by, row.command)
    return row.command


def describe_machine() -> dict[str, Any]:
    """What a figure depends on: processor, cores and how many of them others take now, versions."""
    load = machine.load()
    libraries = ("penjing", "torch", "onnxruntime", "numpy", "scikit-learn")
    return {
        "processor": _processor(),
        "cores": load.cores,
        "cores_taken": load.taken,
        "code": _code(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": os.environ.get("OMP_NUM_THREADS", "PyTorch's own choice"),
        "versions": {"Python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in libraries},
    }


def _code() -> str:
    """The commit that was measured, `-dirty` where anything but RESULTS.md was changed; the version without git."""
    if not (REPOSITORY / ".git").exists() or shutil.which("git") is None:
        return f"version {importlib.metadata.version('penjing')}"
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!RESULTS.md")
    return f"commit {_git('rev-parse', '--short', 'HEAD')}" + ("-dirty" if changed else "")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.strip()


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


# The queue


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
        state = "measured" if _record(row) else f"needs {', '.join(missing)}" if missing else "missing"
        left += row.minutes if state == "missing" else 0
        lines.append((row.name, f"{row.minutes:g}", state, typed(row.command)))
    console.print(table(["row", "minutes", "", "command"], lines))
    console.print(f"about {left:.0f} minutes to go, on two free cores")


def measure_all(rows: Sequence[Row], again: set[str], console: Console) -> list[str]:
    """Measure what was not measured yet; gives the names of what failed."""
    failed = []
    for row in rows:
        if _record(row) and row.name not in again:
            continue
        if missing := lacks(row):
            console.print(f"[dim]{row.name}: skipped, {', '.join(missing)} is not here[/]")
            continue
        console.print(f"[bold]{row.name}[/]  {typed(row.command)}  [dim]about {row.minutes:g} min[/]")
        try:
            files.write_json(_path(row), measure(row))
        except subprocess.CalledProcessError as error:
            console.print(f"[bold red]{row.name} failed[/]: {error}")
            failed.append(row.name)
    return failed


@click.command()
@click.option("--only", multiple=True, metavar="GLOB", help="Measure these rows alone, such as 'cifar10-*'.")
@click.option("--again", multiple=True, metavar="GLOB", help="Measure these rows once more.")
@click.option("--list", "as_list", is_flag=True, help="Show the rows, how long they take, and what is missing.")
def main(only: tuple[str, ...], again: tuple[str, ...], as_list: bool) -> None:
    """Measure what was not measured yet, and write RESULTS.md."""
    wanted, anew = chosen(only, ROWS) if only else {row.name for row in ROWS}, chosen(again, ROWS)
    rows = [row for row in ROWS if row.name in wanted]
    if as_list:
        show(rows, Console(highlight=False))
        return
    console = Console(stderr=True, highlight=False)
    failed = measure_all(rows, anew, console)
    records = {row.name: kept for row in ROWS if (kept := _record(row))}
    files.write(REPOSITORY / "RESULTS.md", render(ROWS, records).encode())
    console.print(f"RESULTS.md: {len(records)} of {len(ROWS)} rows measured")
    sys.exit(1 if failed else 0)


def _path(row: Row) -> Path:
    return REPOSITORY / FOLDER / f"{row.name}.json"


def _record(row: Row) -> Record | None:
    """What was measured by this very command, if it was."""
    record = files.read_json(_path(row), Record) if _path(row).exists() else None
    return record if record and record.command == row.command else None


if __name__ == "__main__":
    main()
