"""How many pictures a second are trained on, end to end: ours beside the loops that people write.

The same network, batch size and optimizer, two threads. Ours reads the .zip, whose store is built before (its seconds
are told apart); the others read the same pictures unpacked, decode each whenever it comes up, and augment it with
torchvision's transforms v2. Every loop has a process of its own and waits while another one runs; they take turns in
blocks of some seconds, and the ratio of each turn's blocks is taken before the median, so that a machine that slows
down slows both. What loops run, `training_loops.py` says.

    python -m benchmarks.throughput [--rounds 10] [--seconds 5] [--only fast] [--json]
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
import numpy as np
from rich.console import Console

from benchmarks.loop import Estimate
from benchmarks.training_cases import CASES, Case, settings_of
from benchmarks.training_loops import why_not
from penjing.evaluation.intervals import percentiles, resamples
from penjing.training.auto_budget import LONGEST
from penjing.verbs.text import table

LOOPS = ("penjing", "plain-0", "plain-2", "lightning-0", "lightning-2")


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """A loop beside ours."""

    name: str
    pictures_per_second: float | None = None  # median; None where it did not run
    ratio: Estimate | None = None  # of ours to it, median over rounds
    why: str = ""  # it did not run
    is_best: bool = False  # of its kind, over the workers: what is claimed is claimed of this one


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A case."""

    case: str
    batch_size: int
    settings: str  # that ours measured and took
    pictures_per_second: float
    others: tuple[Other, ...]
    floor: float | None
    aim: float | None
    store_seconds: float
    budget_seconds: float
    ratio_with_store: float | None  # to the best plain loop, with the store built within the budget


class Loop:
    """A loop in its process, trained a block at a time.

    Args:
        name: of LOOPS.
        case: what it trains on what.
        environment: of its process.
        words: a file for what it says to people, which is shown where it fails.
    """

    def __init__(self, name: str, case: Case, environment: Mapping[str, str], words: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.training_loops", name, msgspec.json.encode(case).decode()]
        self.name, self.case, self.steps, self.words = name, case, 3, words
        with words.open("w") as said:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
            )
        self.facts = self._heard()
        self.rates: list[float] = []  # pictures a second of each block

    def warm_up(self, seconds: float) -> None:
        """Two short blocks: the first pays for what happens once, the second says how long a block must be."""
        self.block()
        taken = self.block()
        self.steps = max(round(self.steps * seconds / taken), 2)
        self.rates.clear()

    def block(self) -> float:
        """Train a block; gives its seconds."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{self.steps}\n")
        self.process.stdin.flush()
        seconds = float(self._heard())
        self.rates.append(self.steps * self.case.batch_size / seconds)
        return seconds

    def _heard(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.close()
            said = self.words.read_text()[-2000:]
            raise click.ClickException(f"the loop {self.name} ended with code {self.process.returncode}\n{said}")
        return json.loads(line)

    def close(self) -> None:
        """End its process: there is nothing more to hear."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def measure(case: Case, *, rounds: int, seconds: float, threads: int) -> Result:
    """All loops of a case, in turn."""
    able = [name for name in LOOPS if not why_not(name)]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as opened:
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "PENJING_CACHE": f"{folder}/cache"}
        store_seconds = build_store(case, environment)
        case = msgspec.structs.replace(case, folder=str(unpacked(Path(case.source), Path(folder) / "pictures")))
        loops = []
        for name in able:
            loops.append(Loop(name, case, environment, Path(folder) / f"{name}.log"))
            opened.callback(loops[-1].close)
        for loop in loops:
            loop.warm_up(seconds)
        for _ in range(rounds):
            for loop in loops:
                loop.block()
    rates = {loop.name: loop.rates for loop in loops}
    return result_of(case, rates, settings=loops[0].facts["settings"], store_seconds=store_seconds)


def result_of(case: Case, rates: Mapping[str, Sequence[float]], *, settings: str, store_seconds: float) -> Result:
    """From the pictures a second of each loop, round by round."""
    ours = rates["penjing"]
    best = {kind: _fastest(kind, rates) for kind in ("plain", "lightning")}
    plain = best["plain"]
    others = tuple(
        Other(
            name=in_words(name),
            pictures_per_second=float(np.median(rates[name])),
            ratio=ratio_of(ours, rates[name]),
            is_best=name in best.values(),
        )
        if name in rates
        else Other(name=in_words(name), why=why_not(name))
        for name in LOOPS[1:]
    )
    left = max(1 - store_seconds / LONGEST, 0.0)  # spread over what `penjing train` takes by itself
    return Result(
        case=case.name,
        batch_size=case.batch_size,
        settings=settings,
        pictures_per_second=float(np.median(ours)),
        others=others,
        floor=case.floor,
        aim=case.aim,
        store_seconds=store_seconds,
        budget_seconds=LONGEST,
        ratio_with_store=left * ratio_of(ours, rates[plain]).value if plain else None,
    )


def _fastest(kind: str, rates: Mapping[str, Sequence[float]]) -> str | None:
    names = [name for name in rates if name.startswith(kind)]
    return max(names, key=lambda name: float(np.median(rates[name])), default=None)


def ratio_of(ours: Sequence[float], theirs: Sequence[float]) -> Estimate:
    """The median ratio of the blocks of a round, with its bootstrap interval over rounds."""
    ratios = np.array(ours) / np.array(theirs)
    draws = resamples(len(ratios), lambda at: float(np.median(ratios[at])))
    return Estimate(float(np.median(ratios)), *percentiles(draws))


def build_store(case: Case, environment: Mapping[str, str]) -> float:
    """Decode the pictures into an empty cache; gives what planning took more than it does with a full one."""
    command = [sys.executable, "-m", "benchmarks.throughput", "--plan", msgspec.json.encode(case).decode()]
    empty, full = (
        float(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout) for _ in range(2)
    )
    return empty - full


def planning_seconds(case: Case) -> float:
    """What ours takes from the source to a job, in a process of its own."""
    from penjing.settling import asked
    from penjing.training.job import plan

    began = time.perf_counter()
    plan(case.source, asked(settings_of(case)))
    return time.perf_counter() - began


def unpacked(source: Path, folder: Path) -> Path:
    """A .zip as the image folder that its users have; gives the folder whose folders are the classes."""
    with zipfile.ZipFile(source) as archive:
        archive.extractall(folder)
    train = folder / "train"
    return train if train.is_dir() else next(path for path in sorted(folder.iterdir()) if path.is_dir())


def in_words(loop: str) -> str:
    """A loop's name for people."""
    name, _, workers = loop.partition("-")
    kind = {"plain": "plain eager loop", "lightning": "Lightning's Trainer", "penjing": "ours"}[name]
    return f"{kind}, {workers} workers" if workers else kind


def show(results: Sequence[Result], console: Console) -> None:
    """One table."""
    rows: list[tuple[Any, ...]] = []
    for result in results:
        rows.append((result.case, "ours", f"{result.pictures_per_second:,.0f}", ""))
        for other in result.others:
            ratio = other.ratio
            words = f"{ratio.value:.2f} x [{ratio.low:.2f}, {ratio.high:.2f}]" if ratio else other.why
            mark = " (claimed)" if other.is_best and result.floor else ""
            rows.append(("", other.name + mark, f"{other.pictures_per_second or 0:,.0f}", words))
    console.print(table(["network", "loop", "pictures/s", "ours is"], rows))
    for result in results:
        console.print(f"{result.case}: {result.settings}; store {result.store_seconds:.1f} s")


@click.command()
@click.option("--rounds", default=10, show_default=True, help="Blocks of each loop.")
@click.option("--seconds", default=5.0, show_default=True, help="Of a block, roughly.")
@click.option("--threads", default=2, show_default=True, help="Of PyTorch, in each loop.")
@click.option("--only", default="", metavar="WORD", help="Cases whose name begins so.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--plan", "to_plan", hidden=True, metavar="CASE")
def main(rounds: int, seconds: float, threads: int, only: str, as_json: bool, to_plan: str | None) -> None:
    """Measure training pictures a second beside other loops."""
    if to_plan is not None:
        click.echo(planning_seconds(msgspec.json.decode(to_plan, type=Case)))
        return
    cases = [case for case in CASES if case.name.startswith(only)]
    results = [measure(case, rounds=rounds, seconds=seconds, threads=threads) for case in cases]
    if as_json:
        told = {"threads": threads, "rounds": rounds, "seconds": seconds, "results": msgspec.to_builtins(results)}
        click.echo(json.dumps(told))
    else:
        show(results, Console(highlight=False))


if __name__ == "__main__":
    main()
