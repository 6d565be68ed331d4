"""compress: a smaller or faster version of a run, where it pays. Export, fold, quantize, judge, time, choose, keep."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

import click
import msgspec

from penjing.compression.choice import Candidate, Goal, agreement, choose
from penjing.findings import Finding, PenjingError, did_you_mean, stop
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import one_source

if TYPE_CHECKING:
    import numpy as np
    from rich.console import Console

    from penjing.compression.calibration import Feed
    from penjing.data.dataset import Split
    from penjing.run import Run
    from penjing.runtime.onnx_engine import OnnxEngine
    from penjing.verbs.opened import Opened

SECONDS = 2.0  # of timing, for each batch size
BATCHES = (1, 32)


class Compression(msgspec.Struct, frozen=True, kw_only=True):
    """What was tried, what it gave, and what was kept."""

    goal: Goal
    chosen: str  # a candidate's name; "fp32" where nothing was worth it
    how: str  # what the chosen one is
    run: str | None  # the compressed run; None where fp32 is best
    candidates: tuple[Candidate, ...]  # fp32 first
    findings: tuple[Finding, ...]


def compress(run: str | Path, *, goal: Goal = "size", out: str | Path | None = None) -> Compression:
    """Make a run smaller or faster, and keep the result only where its score is no worse and its gain is real.

    Candidates are the exported graphs as they are, with batch norm folded, and in int8. They are scored on the
    validation split, so that the test split is not looked at to choose, and timed on this machine with ONNX Runtime.

    Args:
        run: a trained run's folder.
        goal: `size` takes the smallest, `speed` the fastest answer to one input.
        out: the compressed run's folder; RUN-compressed otherwise. Nothing is written where fp32 is best.

    Raises:
        PenjingError: `usage` for another goal, `cannot-compress` for a file or a compressed run, `unknown-split`,
            `run-exists`; those of opening.
    """
    from penjing.compression.calibration import feeds_of
    from penjing.exporting.onnx import export_graphs
    from penjing.run import Run
    from penjing.runtime.onnx_engine import OnnxEngine
    from penjing.verbs.export import beside
    from penjing.verbs.opened import open_for_judging

    if goal not in get_args(Goal):
        raise _unknown_goal(goal)
    opened = open_for_judging(run)
    parent = _trained(opened)
    target = Run(out or beside(opened.path, "-compressed"))
    target.refuse_existing("another --out")

    data = opened.data()
    validation = _needed(data.splits["validation"])
    fp32 = export_graphs(opened.task.graphs(opened.network, opened.spec))  # type: ignore[arg-type]
    feeds = feeds_of(opened.task, opened.predictor, data.splits["train"], opened.config.seed)
    versions, notes = _versions(opened, fp32, feeds)
    engines = {name: OnnxEngine(version.graphs) for name, version in versions.items()}
    candidates = _judge(opened, validation, versions, engines, _time(engines, feeds))
    best, spoken = choose(candidates, goal)
    done = Compression(
        goal=goal,
        chosen=best.name,
        how=best.how,
        run=str(target.path) if best.name != "fp32" else None,
        candidates=tuple(candidates),
        findings=(*notes, *spoken),
    )
    if done.run is not None:
        Run.create_compressed(target.path, parent, versions[best.name].graphs, done)
    return done


class Version(NamedTuple):
    """One way to ship the run."""

    how: str
    graphs: Mapping[str, bytes]


def _versions(
    opened: "Opened", fp32: Mapping[str, bytes], feeds: Mapping[str, Sequence["Feed"]]
) -> tuple[dict[str, Version], list[Finding]]:
    """The versions that could be made, fp32 first, and a note on each that could not."""
    from penjing.compression.fold import fold_batch_norm
    from penjing.compression.quantize import HOW, int8
    from penjing.exporting.onnx import export_graphs

    def folded() -> Mapping[str, bytes]:
        return export_graphs(opened.task.graphs(fold_batch_norm(opened.network), opened.spec))  # type: ignore[arg-type]

    versions, notes = {"fp32": Version("fp32: as exported", fp32)}, []
    for name, how, make in (
        ("folded", "folded: batch norm taken into the convolutions before it", folded),
        ("int8", HOW, lambda: int8(fp32, feeds)),
    ):
        try:
            versions[name] = Version(how, make())
        except PenjingError as error:  # the other versions can still be worth it
            notes.append(msgspec.structs.replace(error.finding, severity="note"))
    return versions, notes


def _time(
    engines: Mapping[str, "OnnxEngine"], feeds: Mapping[str, Sequence["Feed"]]
) -> dict[int, dict[str, "np.ndarray"]]:
    """Seconds of each round, by batch size and version: each graph once, on a training example repeated."""
    from penjing.compression.latency import interleaved

    times = {}
    for batch in BATCHES:
        inputs = {
            graph: {name: array[:1].repeat(batch, axis=0) for name, array in calls[0].items()}
            for graph, calls in feeds.items()
        }
        calls = {name: partial(_run_all, engine, inputs) for name, engine in engines.items()}
        times[batch] = interleaved(calls, seconds=SECONDS)
    return times


def _run_all(engine: "OnnxEngine", inputs: Mapping[str, "Feed"]) -> None:
    for graph, feed in inputs.items():
        engine.run(graph, feed)


def _judge(
    opened: "Opened",
    validation: "Split",
    versions: Mapping[str, Version],
    engines: Mapping[str, "OnnxEngine"],
    times: Mapping[int, Mapping[str, "np.ndarray"]],
) -> list[Candidate]:
    """Score every version on the validation split and hold it against fp32, which comes first."""
    import numpy as np

    from penjing.compression.latency import speedup
    from penjing.evaluation.scores import difference
    from penjing.runtime.pipeline import Predictor

    task, spec = opened.task, opened.spec
    answered = {
        name: task.answers(Predictor(opened.predictor.pipeline, engine), validation) for name, engine in engines.items()
    }
    scores = {
        name: task.score(answers, truths, spec, validation.groups) for name, (answers, truths) in answered.items()
    }
    return [
        Candidate(
            name=name,
            how=version.how,
            size_bytes=sum(len(graph) for graph in version.graphs.values()),
            score=scores[name].primary,
            less_fp32=difference(scores[name], scores["fp32"]),
            agreement=agreement(answered[name][0], answered["fp32"][0]),
            milliseconds={batch: 1e3 * float(np.median(rounds[name])) for batch, rounds in times.items()},
            speedup={batch: speedup(rounds["fp32"], rounds[name]) for batch, rounds in times.items()},
        )
        for name, version in versions.items()
    ]


def _unknown_goal(goal: str) -> PenjingError:
    return stop(
        "usage",
        f"there is no goal `{goal}`",
        where=f"goal={goal}",
        why="what counts as better must be said before versions are compared.",
        try_=did_you_mean(goal, get_args(Goal), otherwise="size or speed"),
    )


def _trained(opened: "Opened") -> "Run":
    if opened.run is None or opened.network is None:
        raise stop(
            "cannot-compress",
            f"{opened.path} is {'compressed already' if opened.run else 'a file'}; compress takes a trained run",
            where=str(opened.path),
            why="the versions are made from the weights, so that no loss adds to another.",
            try_=f"penjing compress {opened.run.parent if opened.run else 'RUN'}",
        )
    return opened.run


def _needed(validation: "Split") -> "Split":
    if not len(validation):
        raise stop(
            "unknown-split",
            "this run held back no validation examples",
            where="validation=0",
            why="what is chosen on the test split is no longer tested by it.",
            try_="train with validation=0.1",
        )
    return validation


def show(done: Compression, console: "Console") -> None:
    """The versions side by side, and which one was kept."""
    from penjing.verbs.text import show_line, show_places, table

    rows = [
        (
            candidate.name,
            f"{candidate.size_bytes / 1024:,.0f}",
            candidate.score.value_text,
            "" if candidate.name == "fp32" else str(candidate.less_fp32),
            "-" if candidate.agreement is None else f"{candidate.agreement:.1%}",
            *(f"{candidate.milliseconds[batch]:.3f}" for batch in BATCHES),
            "" if candidate.name == "fp32" else str(candidate.speedup[1]),
        )
        for candidate in done.candidates
    ]
    score = done.candidates[0].score
    times = [f"ms for {batch}" for batch in BATCHES]
    console.print(table(["version", "KB", score.name, "better by", "agrees", *times, "faster"], rows))
    console.print(
        f"scored on {score.n:,} validation examples (95 % intervals, paired); timed here with ONNX Runtime, in turns"
    )
    if done.run is None:
        console.print(f"fp32 is best here for {done.goal}: nothing was written")
    else:
        show_line(console, "kept    ", done.how)
        show_places(console, {"run": done.run, "next": f"penjing evaluate {done.run}"})


@click.command()
@click.argument("source", nargs=-1, metavar="RUN")
@click.option("--goal", type=click.Choice(["size", "speed"]), default="size", show_default=True, help="What to win.")
@click.option("--out", metavar="DIR", help="The compressed run's folder; RUN-compressed otherwise.")
def command(source: tuple[str, ...], goal: Goal, out: str | None) -> Outcome:
    """Make a run smaller or faster where its score is no worse: batch norm folded, int8."""
    done = compress(one_source(source), goal=goal, out=out)
    return Outcome(result=done, findings=done.findings, show=lambda console: show(done, console))
