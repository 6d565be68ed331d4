"""bench: how fast answers come on this machine, through the whole pipeline, from raw input to answer."""

import itertools
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec

from penjing.findings import Finding, stop
from penjing.runtime import machine
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import one_source

if TYPE_CHECKING:
    from rich.console import Console

    from penjing.runtime.engine import Engine
    from penjing.runtime.pipeline import Pipeline, Predictor

BATCHES = (1, 32)
FEWEST = 10  # calls behind a row, however slow they are
WARM_UP = 0.2  # share of a row's time that is not counted: caches fill, engines choose their kernels


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """One engine, one number of threads, one size of batch."""

    engine: str
    threads: int
    batch: int  # inputs given at once; their answers come together
    median_ms: float  # from the inputs to their answers
    p95_ms: float
    answers_per_second: float  # batch / mean
    characters_per_second: float | None = None  # where answers are text, the prompts' own among them
    calls: int  # measured


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """All rows, and how free the machine was while they were taken."""

    source: str
    rows: tuple[Speed, ...]
    samples: int  # different inputs, asked in turn
    cores: int
    cores_taken: float  # by other processes, just before
    findings: tuple[Finding, ...]


class _Subject(NamedTuple):
    """What is timed: a pipeline, inputs for it, and engines by the number of their threads."""

    pipeline: "Pipeline"
    samples: Sequence[Any]
    engines: tuple["Callable[[int], Engine]", ...]


def bench(source: str | Path, *, seconds: float = 0.5) -> Bench:
    """Time the whole pipeline on the source's own samples, with one thread and with every core.

    A file answers with ONNX Runtime and needs no torch. A run answers with PyTorch, and with ONNX Runtime as the file
    that it would be exported to.

    Args:
        source: an artifact's file or a run's folder.
        seconds: for each row; at least ten calls are measured.

    Raises:
        PenjingError: `bad-setting` where seconds are not positive and finite; those of opening.
    """
    if not 0 < seconds < math.inf:  # nan is neither
        raise stop(
            "bad-setting",
            f"`seconds` cannot be {seconds:g}",
            where=f"seconds={seconds:g}",
            why="each row is timed for so long: some time, and not for ever.",
            try_="--seconds 1",
        )
    from penjing.runtime.pipeline import Predictor

    load = machine.load()
    rows = []
    with ExitStack() as afterwards:
        subject = _run(Path(source), afterwards) if Path(source).is_dir() else _file(Path(source))
        for engine, threads in itertools.product(subject.engines, sorted({1, load.cores})):
            predictor = Predictor(subject.pipeline, engine(threads))
            for batch in BATCHES:
                inputs = inputs_of(subject.samples, batch)
                times = time_calls(predictor, inputs, seconds)
                row = speed(predictor.engine.name, threads, batch, times)
                characters = characters_of([answer for given in inputs for answer in predictor(given)])
                rate = characters and characters * row.answers_per_second
                rows.append(msgspec.structs.replace(row, characters_per_second=rate))
    return Bench(
        source=str(source),
        rows=tuple(rows),
        samples=len(subject.samples),
        cores=load.cores,
        cores_taken=load.taken,
        findings=tuple(machine.busy(load)),
    )


def _file(path: Path) -> _Subject:
    from penjing.runtime.artifact import Artifact, decode_input

    artifact = Artifact(path)
    samples = [decode_input(sample.input) for sample in artifact.manifest.samples]
    return _Subject(artifact.manifest.pipeline, samples, (_onnx(artifact.graphs),))


def _run(path: Path, afterwards: ExitStack) -> _Subject:
    import torch

    from penjing.exporting.onnx import to_onnx
    from penjing.verbs.opened import open_for_judging

    opened = open_for_judging(path)
    assert opened.run is not None  # a folder
    pipeline, torch_engine = opened.predictor
    samples = opened.task.samples(opened.data(), opened.spec)
    if opened.network is None:  # a compressed run holds graphs alone
        return _Subject(pipeline, samples, (_onnx(opened.run.graphs()),))

    def with_threads(threads: int) -> "Engine":
        torch.set_num_threads(threads)
        return torch_engine

    afterwards.callback(torch.set_num_threads, torch.get_num_threads())
    graphs = {name: to_onnx(name, graph) for name, graph in opened.task.graphs(opened.network, opened.spec).items()}
    return _Subject(pipeline, samples, (with_threads, _onnx(graphs)))


def _onnx(graphs: Mapping[str, bytes]) -> "Callable[[int], Engine]":
    from penjing.runtime.onnx_engine import OnnxEngine

    return lambda threads: OnnxEngine(graphs, threads=threads)


def inputs_of(samples: Sequence[Any], batch: int) -> list[list[Any]]:
    """The calls to make in turn: every sample alone, or one batch in which equal samples are neighbours.

    Neighbours, because inputs of other shapes cannot share a run of the graph: in alternation they would be timed as
    batches of one.
    """
    if batch == 1:
        return [[sample] for sample in samples]
    return [[samples[i * len(samples) // batch] for i in range(batch)]]


def time_calls(predictor: "Predictor", inputs: Sequence[list[Any]], seconds: float) -> list[float]:
    """Seconds of each call, the inputs in turn, after a warm-up in which each is asked at least once."""
    times: list[float] = []
    began = time.perf_counter()
    for i, given in enumerate(itertools.cycle(inputs)):
        before = time.perf_counter()
        predictor(given)
        after = time.perf_counter()
        if i >= len(inputs) and before - began >= WARM_UP * seconds:
            times.append(after - before)
        if after - began >= seconds and len(times) >= FEWEST:
            break
    return times


def speed(engine: str, threads: int, batch: int, times: Sequence[float]) -> Speed:
    """A row from the seconds that each call took."""
    ordered = sorted(times)
    return Speed(
        engine=engine,
        threads=threads,
        batch=batch,
        median_ms=statistics.median(ordered) * 1e3,
        p95_ms=statistics.quantiles(ordered, n=20, method="inclusive")[-1] * 1e3,
        answers_per_second=batch / statistics.fmean(ordered),
        calls=len(ordered),
    )


def characters_of(answers: Sequence[Any]) -> float | None:
    """Characters in an answer, on average; None where answers are no text."""
    from penjing.runtime.steps.sample_text import Text

    if not all(isinstance(answer, Text) for answer in answers):
        return None
    return statistics.fmean(sum(map(len, answer.texts)) for answer in answers)


def show(measured: Bench, console: "Console") -> None:
    """A row for each engine, number of threads and batch."""
    from penjing.verbs.text import table

    writes = any(row.characters_per_second for row in measured.rows)
    rows = [
        (
            row.engine,
            row.threads,
            row.batch,
            f"{row.median_ms:,.3f}",
            f"{row.p95_ms:,.3f}",
            f"{row.answers_per_second:,.0f}",
            *([f"{row.characters_per_second:,.0f}"] if writes else []),
            f"{row.calls:,}",
        )
        for row in measured.rows
    ]
    rates = ["answers/s", *(["characters/s"] if writes else [])]
    console.print(table(["engine", "threads", "batch", "median ms", "p95 ms", *rates, "calls"], rows))
    console.print(
        f"{measured.source}, from raw input to answer; {measured.samples} samples in turn; "
        f"{measured.cores} cores, {measured.cores_taken:.1f} taken by others"
    )


@click.command()
@click.argument("source", nargs=-1, metavar="FILE|RUN")
@click.option("--seconds", type=float, default=0.5, show_default=True, help="For each row of the table.")
def command(source: tuple[str, ...], seconds: float) -> Outcome:
    """How fast answers come on this machine: a file needs no torch, a run is timed with both engines."""
    measured = bench(one_source(source), seconds=seconds)
    return Outcome(result=measured, findings=measured.findings, show=lambda console: show(measured, console))
