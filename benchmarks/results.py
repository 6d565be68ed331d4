"""`make results`: a queue of measurements, each kept as JSON in runs/results, and RESULTS.md made from them.

A row that was measured by the same command is not measured again, so a queue that was stopped goes on where it was; to
measure a row again, delete its JSON or name it:  python benchmarks/results.py --again classify-0

RESULTS.md holds what was measured and nothing else. A floor that was not reached says so, and so does a row without a
measurement.
"""

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import click
import msgspec
from rich.console import Console

from penjing import files
from penjing.evaluation.scores import Difference, Score
from penjing.runtime import machine

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = Path("runs/results")  # from the repository, where every command runs
SEEDS = (0, 1, 2)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: a command, and what it must reach."""

    name: str
    section: Literal["tenant", "loop", "door", "reach"]
    command: tuple[str, ...]  # words after `python`
    floor: str = ""
    times: int = 1  # the command is run, for its seconds
    needs: str = ""  # a file that does not come with the repository


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What one row gave."""

    name: str
    command: tuple[str, ...]
    seconds: tuple[float, ...]  # wall time of each run, from the shell's prompt to the next
    output: Any  # the JSON object that the command printed; None where it prints words
    machine: dict[str, Any]


def _train(name: str, source: str, seed: int, *words: str) -> tuple[str, ...]:
    run = str(FOLDER / "trained" / f"{name}-{seed}")
    return ("-m", "penjing", "train", source, *words, f"seed={seed}", "--out", run, "--json")


NAMES = "../shared/data/text/names.txt"
TENANTS = {  # task: source, further words, what must be reached
    "classify": ("sklearn:digits", (), "accuracy 0.985"),
    "detect": ("sklearn:digits", ("--task", "detect"), "AP50 0.90"),
    "generate": (NAMES, (), "below the trigram, clear"),
    "act": ("cartpole", (), "return 450"),
}
ROWS = (
    *(
        Row(
            name=f"{task}-{seed}",
            section="tenant",
            command=_train(task, source, seed, *words),
            floor=floor,
            needs=source if source == NAMES else "",
        )
        for task, (source, words, floor) in TENANTS.items()
        for seed in SEEDS
    ),
    Row(name="loop", section="loop", command=("benchmarks/loop.py", "--json")),
    Row(name="help", section="door", command=("-m", "penjing", "--help"), floor="0.3 s", times=20),
    Row(name="list", section="door", command=("-m", "penjing", "list", "models"), floor="0.3 s", times=20),
    Row(name="reach", section="reach", command=("benchmarks/reach.py",), floor="25 modules"),
)


# Measuring


def measure(row: Row) -> Record:
    """Run a row's command.

    Raises:
        subprocess.CalledProcessError: where it fails; its words are on standard error by then.
    """
    if "--out" in row.command:  # what an interrupted measurement left behind
        shutil.rmtree(REPOSITORY / row.command[row.command.index("--out") + 1], ignore_errors=True)
    facts = describe_machine()
    seconds = []
    for _ in range(row.times):
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *row.command], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True
        )
        seconds.append(time.perf_counter() - began)
    output = json.loads(done.stdout) if done.stdout.startswith("{") else None
    return Record(name=row.name, command=row.command, seconds=tuple(seconds), output=output, machine=facts)


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
    """The commit that was measured, `-dirty` where it was changed; the version where there is no git."""
    if not (REPOSITORY / ".git").exists() or shutil.which("git") is None:
        return f"version {importlib.metadata.version('penjing')}"
    words = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    return "commit " + subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.strip()


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


# Writing


def render(rows: Sequence[Row], records: Mapping[str, Record]) -> str:
    """RESULTS.md, from records alone."""
    measured = [(row, records[row.name]) for row in rows if row.name in records]
    by_section = {
        section: [pair for pair in measured if pair[0].section == section]
        for section in ("tenant", "loop", "door", "reach")
    }
    parts = [
        "# Results",
        "Measured by `make results`, which runs the commands below and writes this page; nothing is written by hand.",
        _machines([record for _, record in measured]),
    ]
    if pairs := by_section["tenant"]:
        parts += ["## Four tenants", _tenants(pairs), "## Their baselines", _baselines(pairs)]
    if pairs := by_section["loop"]:
        parts += ["## What the loop costs over a bare one", _loop(pairs[0][1])]
    if pairs := by_section["door"] + by_section["reach"]:
        parts += ["## The door", _door(pairs)]
    if missing := [row for row in rows if row.name not in records]:
        reasons = [f"- {row.name}" + (f": needs `{row.needs}`" if row.needs else "") for row in missing]
        parts += ["## Not measured", "\n".join(reasons)]
    if measured:
        lines = [f"- {row.name}: `{_typed(record.command)}`" for row, record in measured]
        parts += ["## Commands", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def _machines(records: Sequence[Record]) -> str:
    lines = []
    for record in records:
        facts = record.machine
        versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
        here = (f"{facts['processor']}, {facts['cores']} cores, {facts['system']}", f"threads: {facts['threads']}")
        line = f"{'; '.join((*here, facts['code'], versions))}."
        if line not in lines:
            lines.append(line)
    busy = [record.name for record in records if record.machine["cores_taken"] > machine.BUSY]
    if busy:
        lines.append(f"The machine was busy, so that seconds are too long, when these began: {', '.join(busy)}.")
    return "\n\n".join(lines)


def _tenants(pairs: Sequence[tuple[Row, Record]]) -> str:
    rows = []
    for row, record in pairs:
        test = record.output["result"]["scores"]["test"]
        cost = test["cost"]
        rows.append(
            (
                row.name,
                _score(test["scores"]["primary"]),
                row.floor,
                "reached" if reaches(row, test) else "**not reached**",
                f"{cost['parameters']:,}",
                f"{cost['macs']:,}" if cost.get("macs") else "",
                f"{cost['train_seconds']:.1f}",
                f"{record.seconds[0]:.1f}",
            )
        )
    headings = ("task, seed", "test score, 95 %", "floor", "", "parameters", "MACs", "training, s", "whole command, s")
    return _table(headings, rows)


def reaches(row: Row, test: Mapping[str, Any]) -> bool:
    """Whether a tenant's test score reaches its floor: a figure, or a clear win over the trigram."""
    if "trigram" in row.floor:
        trigrams = [baseline for name, baseline in test["baselines"].items() if "trigram" in name]
        return bool(trigrams) and all(baseline["ours_less_this"]["low"] > 0 for baseline in trigrams)
    return bool(test["scores"]["primary"]["value"] >= float(row.floor.split()[-1]))


def _baselines(pairs: Sequence[tuple[Row, Record]]) -> str:
    rows = []
    for row, record in pairs:
        for name, baseline in record.output["result"]["scores"]["test"]["baselines"].items():
            ours = msgspec.convert(baseline["ours_less_this"], Difference)
            rows.append(
                (
                    row.name,
                    name,
                    _score(baseline["scores"]["primary"]),
                    str(ours),
                    ours.verdict,
                )
            )
    return _table(("task, seed", "baseline", "test score, 95 %", "ours better by (paired)", ""), rows)


def _loop(record: Record) -> str:
    rows = []
    for result in record.output["results"]:
        measured = result["overhead"]
        extra, share = measured["extra_seconds"], measured["extra_share"]
        rows.append(
            (
                result["case"],
                f"{measured['bare_seconds'] * 1e3:.2f}",
                f"{extra['value'] * 1e6:+.0f} [{extra['low'] * 1e6:+.0f}, {extra['high'] * 1e6:+.0f}]",
                f"{share['value']:+.1%} [{share['low']:+.1%}, {share['high']:+.1%}]",
                f"{result['begin_seconds'] * 1e3:.0f}",
                f"{result['checkpoint_share']:.1%}",
                result["claim"],
                "reached" if result["reached"] else "**not reached**",
            )
        )
    headings = (
        "loop",
        "bare step, ms",
        "ours takes more, us",
        "share",
        "once, ms",
        "checkpoints",
        "claim, with checkpoints",
        "",
    )
    return _table(headings, rows)


def _door(pairs: Sequence[tuple[Row, Record]]) -> str:
    rows = []
    for row, record in pairs:
        if row.section == "reach":
            modules = len(record.output["modules"])
            what, found, reached = (
                "modules before the task is known",
                f"{modules}",
                modules <= int(row.floor.split()[0]),
            )
        else:
            ordered = sorted(record.seconds)
            median = ordered[len(ordered) // 2]
            what = f"`penjing {' '.join(record.command[2:])}`"
            found, reached = f"{median:.3f} s, median of {len(ordered)}", median <= float(row.floor.split()[0])
        rows.append((what, found, f"at most {row.floor}", "reached" if reached else "**not reached**"))
    return _table(("what", "measured", "claim", ""), rows)


def _score(score: Mapping[str, Any]) -> str:
    return str(msgspec.convert(score, Score))


def _typed(command: Sequence[str]) -> str:
    return " ".join(command[1:] if command[0] == "-m" else ("python", *command))


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# The queue


@click.command()
@click.option("--only", multiple=True, metavar="NAME", help="Measure these rows alone.")
@click.option("--again", multiple=True, metavar="NAME", help="Measure these rows once more.")
def main(only: tuple[str, ...], again: tuple[str, ...]) -> None:
    """Measure what was not measured yet, and write RESULTS.md."""
    known = {row.name for row in ROWS}
    if unknown := {*only, *again} - known:
        raise click.UsageError(f"no row {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    console = Console(stderr=True, highlight=False)
    failed = []
    for row in ROWS:
        if (only and row.name not in only) or (_record(row) and row.name not in again):
            continue
        if row.needs and not (REPOSITORY / row.needs).exists():
            console.print(f"[dim]{row.name}: skipped, {row.needs} is not here[/]")
            continue
        console.print(f"[bold]{row.name}[/]  {_typed(row.command)}")
        try:
            record = measure(row)
        except subprocess.CalledProcessError as error:
            console.print(f"[bold red]{row.name} failed[/]: {error}")
            failed.append(row.name)
            continue
        files.write_json(REPOSITORY / FOLDER / f"{row.name}.json", record)
    records = {row.name: kept for row in ROWS if (kept := _record(row))}
    files.write(REPOSITORY / "RESULTS.md", render(ROWS, records).encode())
    console.print(f"RESULTS.md: {len(records)} of {len(ROWS)} rows measured")
    sys.exit(1 if failed else 0)


def _record(row: Row) -> Record | None:
    """What was measured by this very command, if it was."""
    path = REPOSITORY / FOLDER / f"{row.name}.json"
    record = files.read_json(path, Record) if path.exists() else None
    return record if record and record.command == row.command else None


if __name__ == "__main__":
    main()
