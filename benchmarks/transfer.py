"""What weights of other pictures are worth: five classes of CIFAR-10 learned, then 100 pictures of each of the others.

For each seed a network learns the five classes that come first in the alphabet, from all of their pictures. Then others
learn the other five from 100 pictures of each: from scratch, from those weights, and from those weights with a body
that thaws in turn. All have the same settings and budget, and are scored on all test pictures of their classes. What
is done stays in the folder, and is not done again.

    python benchmarks/transfer.py FOLDER [--data cifar10.zip] [--seeds 3] [--json] [KEY=VALUE ...]
"""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from penjing import train
from penjing.evaluation.record import evaluations_of
from penjing.evaluation.scores import Difference, difference
from penjing.evaluation.seeds import OverSeeds, over_seeds
from penjing.run import Run
from penjing.verbs.text import table
from penjing.verbs.words import parse

FEW = 100  # pictures of a class
ARMS: dict[str, dict[str, Any]] = {  # beside the weights, what is different from scratch
    "scratch": {},
    "transfer": {},
    "transfer, thawing": {"freeze": "body", "unfreeze": 0.5, "layer_decay": 0.8},
}


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table: accuracies over seeds."""

    arm: str
    seeds: tuple[int, ...]
    accuracies: tuple[float, ...]  # a seed each
    mean: OverSeeds
    gain: OverSeeds | None  # over scratch, paired by seed; None for scratch
    gain_a_seed: tuple[Difference, ...]  # with the interval of the choice of test pictures, which are the same ones


def divide(data: Path, folder: Path) -> tuple[Path, Path]:
    """Two archives in the folder: all pictures of five classes, and few of the others with all their test pictures."""
    parts = folder / "first.zip", folder / "others.zip"
    with zipfile.ZipFile(data) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        classes = sorted({name.split("/")[1] for name in names})
        for part, those, most in zip(parts, (classes[:5], classes[5:]), (None, FEW), strict=True):
            if part.exists():
                continue
            with zipfile.ZipFile(unfinished := part.with_suffix(".part"), "w") as packed:
                for split, limit in (("train", most), ("test", None)):
                    for one in those:
                        for name in [name for name in names if name.startswith(f"{split}/{one}/")][:limit]:
                            packed.writestr(name, archive.read(name))
            unfinished.rename(part)
    return parts


def refuse_others(folder: Path, asked: dict[str, Any]) -> None:
    """Stop where the folder holds trainings of other words: what is done there would pass for theirs.

    Raises:
        click.UsageError: naming the words that differ.
    """
    path = folder / "asked.json"
    before = json.loads(path.read_text()) if path.exists() else asked
    if differ := [name for name in sorted({*before, *asked}) if before.get(name) != asked.get(name)]:
        raise click.UsageError(f"{folder} was begun with another {', '.join(differ)}: take another folder")
    path.write_text(json.dumps(asked))


def trained(source: Path, out: Path, settings: dict[str, Any]) -> Run:
    """The run in a folder: done already, gone on with, or begun."""
    run = Run(out)
    if not (out / "config.json").exists():
        train(source, out=out, settings=settings)
    elif not (run.is_finished and "test" in run.scores):
        train(resume=out)
    return run


def result(arm: str, seeds: Sequence[int], runs: Sequence[Run], scratch: Sequence[Run]) -> Result:
    """The row of one arm."""
    scores = [evaluations_of(run)["test"].scores for run in runs]
    plain = [evaluations_of(run)["test"].scores for run in scratch]
    gains = tuple(difference(ours, theirs) for ours, theirs in zip(scores, plain, strict=True))
    is_scratch = runs is scratch
    return Result(
        arm=arm,
        seeds=tuple(seeds),
        accuracies=tuple(score.primary.value for score in scores),
        mean=over_seeds([score.primary.value for score in scores]),
        gain=None if is_scratch else over_seeds([gain.value for gain in gains]),
        gain_a_seed=() if is_scratch else gains,
    )


def show(results: Sequence[Result], console: Console) -> None:
    """The rows for people."""
    rows = [
        (
            one.arm,
            " ".join(f"{accuracy:.3f}" for accuracy in one.accuracies),
            str(one.mean),
            one.gain.difference_text if one.gain else "",
        )
        for one in results
    ]
    console.print(table(["arm", "accuracies", "mean over seeds", "gain, paired by seed"], rows))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("settings", nargs=-1, metavar="[KEY=VALUE ...]")
@click.option("--data", type=click.Path(path_type=Path, exists=True), default="../shared/data/cifar10.zip")
@click.option("--seeds", default=3, show_default=True, help="How many.")
@click.option("--first", default="3epochs", show_default=True, help="Budget for the first five classes.")
@click.option("--budget", default="200steps", show_default=True, help="Budget for the others.")
@click.option("--model", default="fast", show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(
    folder: Path, settings: tuple[str, ...], data: Path, seeds: int, first: str, budget: str, model: str, as_json: bool
) -> None:
    """Train, and print what the weights were worth."""
    folder.mkdir(parents=True, exist_ok=True)
    own = parse(settings)[1]
    refuse_others(folder, own | {"data": str(data), "first": first, "budget": budget, "model": model})
    five, others = divide(data, folder)
    usual = {"model": model, "validation": 0, **own}  # nothing is chosen: all pictures are learned from
    runs: dict[str, list[Run]] = {arm: [] for arm in ARMS}
    for seed in range(seeds):
        seeded = usual | {"seed": seed}
        base = trained(five, folder / f"first-{seed}", seeded | {"budget": first})
        for arm, different in ARMS.items():
            weights = {} if arm == "scratch" else {"weights": str(base.path)}
            out = folder / f"{arm.replace(', ', '-')}-{seed}"
            runs[arm].append(trained(others, out, seeded | weights | different | {"budget": budget}))
    results = [result(arm, range(seeds), done, runs["scratch"]) for arm, done in runs.items()]
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(results), indent=1))
    else:
        show(results, Console())


if __name__ == "__main__":
    main()
