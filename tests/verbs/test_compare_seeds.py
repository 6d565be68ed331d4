"""compare over seeds: groups are what differs by seed alone, differences are paired by seed, few seeds claim little."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from rich.console import Console

from penjing.config import Choice
from penjing.evaluation.record import Evaluation
from penjing.evaluation.scores import Scores, share
from penjing.findings import PenjingError
from penjing.verbs import compare_text
from penjing.verbs.compare import compare
from penjing.verbs.grid import Asked, Grid

N = 400


@pytest.fixture
def run(digits_run: Path, tmp_path: Path) -> Callable[..., Path]:
    """`run("grid/cnn-seed0", 380, seed=0, model="cnn")`: right on the first 380 of 400 examples."""

    def make(name: str, right: int, **settings: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        shutil.copytree(digits_run, path)
        primary, draws = share(np.arange(N) < right)
        old = msgspec.convert(json.loads((path / "scores.json").read_text())["test"], Evaluation)
        scores = Scores(primary=primary, draws=tuple(draws.tolist()))
        (path / "scores.json").write_bytes(msgspec.json.encode({"test": msgspec.structs.replace(old, scores=scores)}))
        config = json.loads((path / "config.json").read_text())
        for key, value in settings.items():
            choice = value if isinstance(value, Choice) else Choice(value, "typed", "you typed it")
            config["origins"][key] = msgspec.to_builtins(choice)
        config["seed"] = settings.get("seed", 0)
        config["model"]["model"] = settings.get("model", config["model"]["model"])
        (path / "config.json").write_text(json.dumps(config))
        return path

    return make


def two_models(run: Callable[..., Path], a: list[int], b: list[int], folder: str = "") -> list[Path]:
    """Runs of two models: how many of 400 are right, by seed."""
    return [
        run(f"{folder}{model}-seed{seed}", right, seed=seed, model=model)
        for model, rights in (("cnn", a), ("mlp", b))
        for seed, right in enumerate(rights)
    ]


def test_a_small_difference_in_every_seed_is_clear_though_seeds_differ_by_more(run: Callable[..., Path]) -> None:
    comparison = compare(*two_models(run, [300, 340, 380], [307, 348, 386]))
    first, second = comparison.groups
    assert (first.name, first.seeds, second.name) == ("model=cnn", (0, 1, 2), "model=mlp")
    assert first.better_by is None
    assert second.mean.value == pytest.approx((307 + 348 + 386) / 3 / N)
    assert second.better_by is not None
    assert second.better_by.value == pytest.approx(7 / N)
    assert second.better_by.is_clear
    assert second.over_examples is not None
    assert second.over_examples.value == pytest.approx(7 / N)
    assert second.settings == {"model": ("cnn", "mlp")}
    assert comparison.findings == ()


def test_over_examples_is_the_bootstrap_of_the_mean_of_the_seeds(run: Callable[..., Path]) -> None:
    _, second = compare(*two_models(run, [300, 340], [310, 360])).groups
    assert second.over_examples is not None
    a = np.mean([share(np.arange(N) < right)[1] for right in (300, 340)], axis=0)
    b = np.mean([share(np.arange(N) < right)[1] for right in (310, 360)], axis=0)
    expected = np.percentile(b - a, [2.5, 97.5])
    assert (second.over_examples.low, second.over_examples.high) == pytest.approx(expected)


def test_what_seeds_and_examples_alone_explain_is_said_once_and_not_for_each_run(run: Callable[..., Path]) -> None:
    comparison = compare(*two_models(run, [300, 380, 340], [360, 320, 352]))
    assert [found.rule for found in comparison.findings] == ["difference-within-seeds", "PJ301"]
    assert "model=mlp less model=cnn" in comparison.findings[0].where


def test_one_seed_of_each_beside_groups_cannot_tell(run: Callable[..., Path]) -> None:
    comparison = compare(*two_models(run, [300, 340], [360]))
    assert comparison.groups[1].mean.low is None
    assert "one seed cannot tell" in comparison.findings[0].what


def test_only_seeds_that_both_have_are_paired(run: Callable[..., Path]) -> None:
    paths = two_models(run, [300, 340, 380], [310, 350])
    assert (found := compare(*paths).groups[1].better_by) is not None
    assert (found.n, found.value) == (2, pytest.approx(10 / N))


def test_groups_are_named_by_what_differs(run: Callable[..., Path]) -> None:
    paths = [run(f"{lr}-{seed}", 300, seed=seed, lr=lr, clip=1.0) for lr in (0.5, 0.25) for seed in (0, 1)]
    assert [group.name for group in compare(*paths).groups] == ["lr=0.5", "lr=0.25"]


def measured(value: Any) -> Choice:
    return Choice(value, "measured here", "by trial")


def test_seeds_that_differ_by_what_was_measured_are_together_and_that_is_said(
    run: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [run(f"rate-{i}", 300, seed=i, find_lr=True, lr=measured(lr)) for i, lr in enumerate((0.01, 0.02))]
    paths += [run(f"plain-{i}", 310, seed=i, lr=Choice(0.5, "default", "by trial")) for i in (0, 1)]
    comparison = compare(*paths)
    found, plain = comparison.groups
    assert (found.name, found.seeds, found.apart) == ("find_lr=True", (0, 1), {"lr": (0.01, 0.02)})
    assert (plain.name, plain.seeds, plain.apart) == ("find_lr=False", (0, 1), {})
    assert "lr" not in plain.settings  # the first group has no single rate to hold against it
    compare_text.show(comparison, Console(width=160))
    assert "find_lr=True, measured for each run, with different results: lr 0.01, 0.02\n" in capsys.readouterr().out


def test_a_seed_that_was_not_measured_belongs_to_those_that_were(run: Callable[..., Path]) -> None:
    threads = (measured(1), Choice(0, "default", "as PyTorch chooses"))
    (group,) = compare(*(run(f"run-{i}", 300, seed=i, threads=one) for i, one in enumerate(threads))).groups
    assert group.apart == {"threads": (1, 0)}


def test_what_was_typed_is_not_together_with_what_was_measured(run: Callable[..., Path]) -> None:
    precisions = [measured("bf16"), measured("bf16"), "bf16", "bf16"]
    paths = [run(f"run-{i}", 300, seed=i % 2, precision=one) for i, one in enumerate(precisions)]
    assert [group.seeds for group in compare(*paths).groups] == [(0, 1), (0, 1)]


@pytest.mark.parametrize("seeds", [(0, 0), (0, 1)], ids=["the same seed twice", "two seeds of one setting"])
def test_the_same_seed_twice_is_no_group(run: Callable[..., Path], seeds: tuple[int, int]) -> None:
    paths = [run(f"run-{i}", 300 + i, seed=seed) for i, seed in enumerate(seeds)]
    assert len(compare(*paths).groups) == (1 if seeds == (0, 1) else 0)


def grid(tmp_path: Path) -> Path:
    asked = Asked(source="sklearn:digits", task=None, models=("cnn", "mlp"), seeds=(0, 1), settings={}, file=None)
    return Grid.create(tmp_path / "grid", asked).path


def test_a_grid_stands_for_its_runs_and_so_do_all_its_entries(run: Callable[..., Path], tmp_path: Path) -> None:
    folder = grid(tmp_path)
    two_models(run, [300, 340], [310, 352], folder="grid/")
    (folder / "report.html").write_text("a page")
    whole = compare(folder)
    assert [group.name for group in whole.groups] == ["model=cnn", "model=mlp"]
    entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))  # as a shell's * gives them
    assert {path.name for path in entries} >= {"grid.json", "report.html"}
    assert compare(*entries).groups == whole.groups


def test_runs_of_a_grid_that_are_not_done_are_left_out_and_named(run: Callable[..., Path], tmp_path: Path) -> None:
    folder = grid(tmp_path)
    paths = two_models(run, [300, 340], [310, 352], folder="grid/")
    (paths[-1] / "scores.json").unlink()
    comparison = compare(folder)
    assert [group.seeds for group in comparison.groups] == [(0, 1), (0,)]
    assert comparison.findings[0].rule == "not-done"
    assert "mlp-seed1" in comparison.findings[0].what


def test_a_grid_of_which_nothing_is_done_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PenjingError, match="two runs or more, 0 given"):
        compare(grid(tmp_path))


def test_people_are_shown_means_and_that_seeds_are_few(
    run: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    comparison = compare(*two_models(run, [300, 340, 380], [307, 348, 386]))
    compare_text.show(comparison, Console(width=160))
    said = capsys.readouterr().out
    assert "model=mlp" in said
    assert "better" in said
    assert "3 are few" in said
    assert "model" in said.split("setting")[1]
