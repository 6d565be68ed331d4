"""check: what is wrong with data, with a run, or with the training loop of any PyTorch script."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
import msgspec

from penjing.findings import Finding, stop
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import CONTEXT, one_source, parse

if TYPE_CHECKING:
    from rich.console import Console

LIMIT = 60.0  # seconds for a script


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at. The findings, the one to mend first in front, are the answer."""

    source: str
    kind: Literal["data", "run", "script"]
    seen: dict[str, int]  # how much: examples by split, or steps and backwards
    findings: tuple[Finding, ...]


def check(
    source: str | Path,
    *,
    arguments: Sequence[str] = (),
    limit: float | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Check:
    """Find what is wrong, and say what to mend first.

    Args:
        source: data (a path, `sklearn:digits`), a run's folder, or a Python script that trains with PyTorch. A script
            is run unmodified in a process of its own until enough of its loop was seen.
        arguments: of the script.
        limit: seconds after which a script is ended, 60 unless it is said; of a script alone.
        settings: how data is read and divided, such as {"test": 0.3}; of data alone.

    Raises:
        PenjingError: `usage` for settings beside a run or a script, and for a limit beside a run or data; those of
            reading the source; `script-crashed`, `script-out-of-time`, `never-trains` and others where a script shows
            no training.
    """
    path = Path(source)
    is_script, is_run = path.suffix == ".py", (path / "config.json").is_file()
    if limit is not None and not is_script:
        raise stop(
            "usage",
            f"a limit has no use beside {'a run' if is_run else 'data'}: only a script is ended when it is over",
            where=f"check {source} --limit {limit:g}",
            why="it would look as if it worked.",
            try_=f"penjing check {source}",
        )
    if settings and (is_script or is_run):
        raise stop(
            "usage",
            f"settings have no use beside a {'script' if is_script else 'run'}: {', '.join(settings)}",
            where=f"check {source}",
            why="they say how data is read; a run has its own, and a script reads its data itself.",
            try_=f"penjing check {source}",
        )
    if is_script:
        return _check_script(path, arguments, LIMIT if limit is None else limit)
    if is_run:
        return _check_run(path)
    return _check_data(str(source), settings or {})


def _check_script(script: Path, arguments: Sequence[str], limit: float) -> Check:
    from penjing.rules.script import check_script

    if not 0 < limit < math.inf:  # nan is neither
        raise stop(
            "bad-setting",
            f"`limit` cannot be {limit:g} seconds",
            where=f"--limit {limit:g}",
            why="a script needs some time to come to its loop, and one that hangs must be ended.",
            try_=f"--limit {LIMIT:g}",
        )
    report = check_script(script, arguments, limit=limit)
    seen = {"steps": report.steps, "backwards": report.backwards}
    return Check(source=str(script), kind="script", seen=seen, findings=report.findings)


def _check_data(source: str, settings: Mapping[str, Any]) -> Check:
    from penjing.rules.on_data import check_data
    from penjing.settling import asked
    from penjing.unused import undivided
    from penjing.verbs.reading import read_decoded

    data = read_decoded(source, settings)
    seen = {split: len(examples) for split, examples in data.splits.items()}
    findings = (*undivided(asked(settings), data.own_splits), *check_data(data))
    return Check(source=source, kind="data", seen=seen, findings=findings)


def _check_run(path: Path) -> Check:
    from penjing.rules import in_order
    from penjing.rules.on_data import check_data
    from penjing.run import Run
    from penjing.training import job as jobs
    from penjing.training.observers.rules import STEPS
    from penjing.training.rehearsal import rehearse

    run = Run.open(path)
    job = jobs.from_config(run)
    found = {
        (one.rule, one.what): one for one in [*run.findings, *check_data(job.raw, job.config.options), *rehearse(job)]
    }
    seen = {split: len(examples) for split, examples in job.raw.splits.items()} | {"steps": STEPS}
    return Check(source=str(path), kind="run", seen=seen, findings=tuple(in_order(found.values())))


def show(done: Check, console: "Console") -> None:
    """What was looked at, and how many findings, for people; the findings themselves stand above."""
    amounts = ", ".join(f"{number:,} {name}" for name, number in done.seen.items() if number)
    counts = [(kind, sum(one.severity == kind for one in done.findings)) for kind in ("error", "warning", "note")]
    verdict = ", ".join(f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in counts if n) or "nothing wrong was found"
    console.print(f"{done.source}: {amounts}: {verdict}", soft_wrap=True)


@click.command(context_settings=CONTEXT)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="DATA|RUN|SCRIPT.py [-- script's arguments]")
@click.option("--limit", type=float, metavar="S", help=f"Seconds for a script; {LIMIT:g} unless it is said.")
def command(words: tuple[str, ...], limit: float | None) -> Outcome:
    """Find what is wrong, the one to mend first in front. A script is run unmodified, in a process of its own."""
    if words and words[0].endswith(".py"):
        done = check(words[0], arguments=words[1:], limit=limit)
    else:
        sources, settings = parse(words)
        done = check(one_source(sources), limit=limit, settings=settings)
    return Outcome(
        result={"source": done.source, "kind": done.kind, "seen": done.seen},
        findings=done.findings,
        show=lambda console: show(done, console),
    )
