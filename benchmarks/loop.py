"""What Penjing's loop costs over the loop that one would write by hand.

One training runs as `penjing train` runs it: log, progress bar on a terminal, checkpoints, rules, evaluation (asked for
no score: a score is no cost of the loop). After each block of its steps an observer runs a block of a bare loop on a
twin, of the same network, batches, optimizer and clipping, in the same process. A block of ours is held against the
mean of the bare blocks before and after it, so that a machine that slows down slows both.

    OMP_NUM_THREADS=1 python benchmarks/loop.py [--json]
"""

import json
import tempfile
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import click
import msgspec
import numpy as np
import torch
import torch.nn.functional as F
from msgspec.structs import astuple
from rich.console import Console
from torch import nn

from penjing.data.batches import Share
from penjing.evaluation.intervals import percentiles, resamples
from penjing.models.cnn import CNN
from penjing.run import Run
from penjing.settling import asked
from penjing.tasks.task import Stream
from penjing.training.checkpoint import Parts, capture
from penjing.training.job import Job, plan
from penjing.training.loop import Step
from penjing.training.optimizers import optimizer_of
from penjing.training.session import fit_run, fresh_network
from penjing.verbs.text import table

MOST_SHARE = 0.03  # of a step that takes over LONG_SECONDS
LONG_SECONDS = 0.020
MOST_SECONDS = 100e-6  # of a shorter one


class Estimate(msgspec.Struct, frozen=True):
    """A median over blocks with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


class Overhead(msgspec.Struct, frozen=True, kw_only=True):
    """What our loop costs on top of a bare one."""

    bare_seconds: float  # a step of the bare loop, median
    extra_seconds: Estimate  # a step
    extra_share: Estimate  # of a bare step
    blocks: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table."""

    case: str
    overhead: Overhead
    begin_seconds: float  # what the first block took more, once: rules watch its first steps, caches fill
    checkpoint_seconds: float  # one checkpoint, median
    checkpoint_share: float  # of the time, at the setting `save_every`
    claim: str
    reached: bool  # median and checkpoints together


class Twin:
    """The same network, batches and optimizer in the loop that one would write by hand."""

    def __init__(self, job: Job) -> None:
        self.network = fresh_network(job)
        self.optimizer = optimizer_of(self.network, job.config.train)
        self.stream: Stream = job.task.stream(job.data.splits["train"], self.network, job.spec, job.config, Share())
        self.clip = job.config.train.clip

    def train(self, first: int, steps: int) -> None:
        """The bare loop: nothing is logged, saved, scheduled or looked at."""
        self.network.train()
        for step in range(first, first + steps):
            x, y = self.stream.at(step)
            loss = F.cross_entropy(self.network(x), y)
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
            self.optimizer.step()


class Interleaved:
    """An observer that runs a block of bare steps after each block of ours, and times both in seconds a step."""

    def __init__(self, bare: Callable[[int, int], None], block: int) -> None:
        self.bare, self.block = bare, block
        self.our_seconds: list[float] = []
        self.bare_seconds: list[float] = []
        self._began = time.perf_counter()

    def __call__(self, step: Step) -> None:
        """At the end of a block, run the other loop."""
        if step.step % self.block:
            return
        ended = time.perf_counter()
        self.bare(step.step - self.block, self.block)
        self.our_seconds.append((ended - self._began) / self.block)
        self._began = time.perf_counter()
        self.bare_seconds.append((self._began - ended) / self.block)


def overhead(our_seconds: list[float], bare_seconds: list[float]) -> Overhead:
    """Compare blocks that alternated: ours, bare, ours, bare, ... The first of each warms up and is left out.

    Args:
        our_seconds: a step, for each block of ours.
        bare_seconds: a step, for each bare block, which followed the block of ours with the same index.
    """
    ours, bare = np.asarray(our_seconds), np.asarray(bare_seconds)
    beside = (bare[:-1] + bare[1:]) / 2  # what a bare step took around each of our blocks but the first
    extra = ours[1:] - beside
    return Overhead(
        bare_seconds=float(np.median(bare[1:])),
        extra_seconds=_median(extra),
        extra_share=_median(extra / beside),
        blocks=len(extra),
    )


def _median(values: np.ndarray) -> Estimate:
    draws = resamples(len(values), lambda at: float(np.median(values[at])))
    return Estimate(float(np.median(values)), *percentiles(draws))


def claim_of(measured: Overhead, checkpoint_share: float) -> tuple[str, bool]:
    """What is promised for a step of this length, and whether it holds with checkpoints counted in."""
    if measured.bare_seconds > LONG_SECONDS:
        return f"at most {MOST_SHARE:.0%}", measured.extra_share.value + checkpoint_share <= MOST_SHARE
    extra = measured.extra_seconds.value + checkpoint_share * measured.bare_seconds
    return f"at most {MOST_SECONDS * 1e6:.0f} us", extra <= MOST_SECONDS


def wide(spec: Any) -> nn.Module:
    """A network whose step takes over 20 ms."""
    return CNN(len(spec.classes), spec.channels, widths=(64, 128))


# Settings, and how many steps make a block: long enough that each block of ours redraws the progress bar, or a median
# over blocks would not see what that costs; and over the 20 steps that rules watch, or they would see the twin too.
CASES: dict[str, dict[str, Any]] = {
    "digits CNN, as trained by default": {"block": 60},
    "wide CNN, batch 128": {"block": 24, "model": f"{Path(__file__).resolve()}:wide", "batch_size": 128},
}


def measure(case: str, settings: dict[str, Any], *, blocks: int, threads: int) -> Result:
    """Train in a temporary folder, with bare blocks between."""
    block = settings.pop("block")
    said = {"budget": f"{block * (blocks + 1)}steps", "evaluations": 0, "threads": threads} | settings
    job = plan("sklearn:digits", asked(said))
    torch.set_num_threads(threads)
    twin = Twin(job)
    between = Interleaved(twin.train, block)
    with tempfile.TemporaryDirectory() as folder:
        run = Run.create(Path(folder) / "run", job.config, job.spec)
        fit_run(job, fresh_network(job), run, Console(file=StringIO(), force_terminal=True), also=[between])
        checkpoint_seconds = _checkpoint_seconds(run, twin)
    measured = overhead(between.our_seconds, between.bare_seconds)
    checkpoint_share = checkpoint_seconds / job.config.train.save_every
    claim, reached = claim_of(measured, checkpoint_share)
    return Result(
        case=case,
        overhead=measured,
        begin_seconds=(between.our_seconds[0] - measured.bare_seconds) * block,
        checkpoint_seconds=checkpoint_seconds,
        checkpoint_share=checkpoint_share,
        claim=claim,
        reached=reached,
    )


def _checkpoint_seconds(run: Run, twin: Twin) -> float:
    lines, parts = run.log, Parts(twin.network, twin.network, twin.optimizer, twin.stream)
    seconds = []
    for _ in range(9):
        began = time.perf_counter()
        run.write_log(lines)
        run.write_checkpoint(capture(parts), {})
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))


def show(results: list[Result], console: Console) -> None:
    """One table."""
    rows = [
        (
            result.case,
            f"{result.overhead.bare_seconds * 1e3:.2f}",
            "{:+.0f} [{:+.0f}, {:+.0f}]".format(*(1e6 * seconds for seconds in astuple(result.overhead.extra_seconds))),
            "{:+.1%} [{:+.1%}, {:+.1%}]".format(*astuple(result.overhead.extra_share)),
            f"{result.begin_seconds * 1e3:.0f}",
            f"{result.checkpoint_seconds * 1e3:.0f} ms, {result.checkpoint_share:.1%}",
            result.claim,
            "reached" if result.reached else "not reached",
        )
        for result in results
    ]
    headings = ["loop", "bare step, ms", "ours takes more, us", "share", "once, ms", "checkpoint", "claim", ""]
    console.print(table(headings, rows, title="Median over paired blocks, 95 % bootstrap interval"))


@click.command()
@click.option("--blocks", default=30, show_default=True, help="Paired blocks of steps.")
@click.option("--threads", default=1, show_default=True, help="Of PyTorch.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def main(blocks: int, threads: int, as_json: bool) -> None:
    """Measure what Penjing's loop costs over a bare one."""
    results = [measure(case, dict(settings), blocks=blocks, threads=threads) for case, settings in CASES.items()]
    if as_json:
        click.echo(json.dumps({"threads": threads, "results": msgspec.to_builtins(results)}))
    else:
        show(results, Console(highlight=False))


if __name__ == "__main__":
    main()
