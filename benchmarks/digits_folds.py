"""What `penjing train` gets on scikit-learn's digits by five-fold cross-validation, with default settings.

Each fifth is a test split once: the folds are stratified, shuffled with seed 0, and saved as .npz, as a person's arrays
would be. All 1,797 pictures are so answered once by a network that never saw them. Beside it the nearest neighbour and
an SVM learn from the same folds; they need no validation split, and learn from all of the training part.

    python -m benchmarks.digits_folds [--json]
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
import numpy as np
from rich.console import Console

import penjing
from penjing.evaluation.baselines import simple_learners
from penjing.evaluation.record import Baseline
from penjing.evaluation.scores import Scores, difference, share
from penjing.verbs.text import table

FOLDS = 5


class Fold(NamedTuple):
    """A division of the digits; pictures are (N, 8, 8, 1) uint8."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """All folds together."""

    folds: int
    by_fold: tuple[float, ...]  # accuracy of ours
    scores: Scores  # over all pictures
    baselines: dict[str, Baseline]


def folds_of(x: np.ndarray, y: np.ndarray, folds: int = FOLDS) -> Iterator[Fold]:
    """Each picture is in one test part; classes are shared out evenly."""
    from sklearn.model_selection import StratifiedKFold

    for train, test in StratifiedKFold(folds, shuffle=True, random_state=0).split(x, y):
        yield Fold(x[train], y[train], x[test], y[test])


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Pictures (1797, 8, 8, 1) uint8, and what each is."""
    from sklearn.datasets import load_digits

    loaded = load_digits()
    return np.rint(loaded.images[..., None] * (255 / 16)).astype(np.uint8), loaded.target.astype(np.int64)


def answered(fold: Fold, folder: Path, settings: dict[str, Any]) -> np.ndarray:
    """Train on a fold; gives the label of each test picture."""
    source = folder / "digits.npz"
    np.savez(source, **fold._asdict())
    run = penjing.train(source, out=folder / "run", settings=settings)
    return np.array([int(answer.label) for answer in run.predict(*fold.x_test)])


def measure(x: np.ndarray, y: np.ndarray, settings: dict[str, Any], folds: int = FOLDS) -> Result:
    """Ours and the simple learners on the same folds."""
    rights: dict[str, list[np.ndarray]] = {}
    for fold in folds_of(x, y, folds):
        with tempfile.TemporaryDirectory() as folder:
            labels = {"ours": answered(fold, Path(folder), settings)}
        labels |= simple_learners(fold.x_train, fold.y_train, fold.x_test)
        for name, given in labels.items():
            rights.setdefault(name, []).append(given == fold.y_test)
    scores = {name: _scores(np.concatenate(parts)) for name, parts in rights.items()}
    ours = scores.pop("ours")
    return Result(
        folds=folds,
        by_fold=tuple(float(part.mean()) for part in rights["ours"]),
        scores=ours,
        baselines={name: Baseline(theirs, difference(ours, theirs)) for name, theirs in scores.items()},
    )


def _scores(right: np.ndarray) -> Scores:
    accuracy, draws = share(right)
    return Scores(primary=accuracy, draws=tuple(draws.tolist()))


def show(result: Result, console: Console) -> None:
    """One table."""
    rows = [("ours", result.scores.primary.value_text, result.scores.primary.interval_text, "", "")]
    for name, baseline in result.baselines.items():
        theirs, ours_less = baseline.scores.primary, baseline.ours_less_this
        rows.append((name, theirs.value_text, theirs.interval_text, str(ours_less), ours_less.verdict))
    title = f"Accuracy over all {result.scores.primary.n:,} digits, {result.folds} folds"
    console.print(table(["", "accuracy", "95 %", "ours better by (paired)", ""], rows, title=title))
    console.print("by fold: " + ", ".join(f"{value:.4f}" for value in result.by_fold))


@click.command()
@click.option("--budget", help="Of each training; the default setting's otherwise.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def main(budget: str | None, as_json: bool) -> None:
    """Cross-validate on the digits."""
    result = measure(*digits(), {"budget": budget} if budget else {})
    if as_json:
        from penjing.evaluation.record import without_draws

        click.echo(json.dumps(without_draws(msgspec.to_builtins(result))))
    else:
        show(result, Console(highlight=False))


if __name__ == "__main__":
    main()
