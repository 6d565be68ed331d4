"""Job: what a task that was named makes of the data, and what is refused before a network exists."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penjing.config import Choice
from penjing.findings import PenjingError
from penjing.settling import USUAL, asked
from penjing.training.job import Job, next_run, plan
from tests.data.readers.test_npz import X, Y, saved
from tests.data.readers.test_table import NAMES, written


def source_of(folder: Path, form: str, values: np.ndarray) -> str:
    """These values beside pictures, in a table or in arrays."""
    if form == "npz":
        return saved(folder, x=X, y=values)
    rows = [f"{name},{value}" for name, value in zip(NAMES, values.tolist(), strict=False)]
    return str(written(folder, "path,count", rows))


def planned(source: str, task: str | None, **typed: Any) -> Job:
    named = {} if task is None else {"task": task}
    return plan(source, asked({"budget": "1steps", "threads": 1, **named, **typed}))


@pytest.mark.parametrize("form", ["table", "npz"])
@pytest.mark.parametrize(
    ("values", "task", "typed", "truth"),
    [
        (Y, None, {}, "class"),
        (Y, "classify", {}, "class"),
        (Y, "regress", {}, "number"),
        (Y / 1.0, None, {}, "number"),
        (Y / 1.0, "regress", {}, "number"),
        (Y / 1.0, "classify", {}, "class"),
        (Y, None, {"target_type": "number"}, "number"),
        (Y / 1.0, None, {"target_type": "class"}, "class"),
    ],
)
def test_a_task_that_is_named_says_what_the_target_holds(
    tmp_path: Path, form: str, values: np.ndarray, task: str | None, typed: dict[str, str], truth: str
) -> None:
    job = planned(source_of(tmp_path, form, values), task, **typed)
    assert job.data.truth == truth
    assert job.config.task == {"class": "classify", "number": "regress"}[truth]
    if task is not None:
        assert job.config.data.target_type == truth
        assert job.config.origins["target_type"] == Choice(truth, "default", f"what `{task}` learns")


def test_a_task_is_named_as_any_setting_is_in_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('task = "detect"\nthreads = 1\n')
    for said in (asked({"task": "detect"}), asked({}, tmp_path / "mine.toml")):
        assert plan("sklearn:digits", said).config.task == "detect"
    assert plan("sklearn:digits", asked({"task": "classify"}, tmp_path / "mine.toml")).config.task == "classify"
    with pytest.raises(PenjingError, match="`detct`"):
        plan("sklearn:digits", asked({"task": "detct"}))


def test_a_typed_auto_leaves_what_the_target_holds_to_the_task(tmp_path: Path) -> None:
    assert planned(source_of(tmp_path, "npz", Y), "regress", target_type="auto").config.data.target_type == "number"


def test_a_typed_auto_leaves_the_size_to_the_task(tmp_path: Path) -> None:
    """Of pictures of one shape that is not square: the same area as SIDE x SIDE, and not what they have."""
    wide = np.random.default_rng(0).integers(0, 256, (30, 200, 300), np.uint8)
    source = saved(tmp_path, x=wide, y=np.arange(30) % 3)
    sizes = {planned(source, None, **typed).config.data.size for typed in ({}, {"size": "auto"})}
    assert sizes == {"104x160"}


def test_what_is_never_let_pass_cannot_be_ignored() -> None:
    with pytest.raises(PenjingError, match="a step that is not finite is never taken") as caught:
        planned("sklearn:digits", None, ignore="PJ002,PJ205")
    assert caught.value.finding.rule == "bad-setting"


@pytest.mark.parametrize("task", ["regress", "classify"])
def test_what_the_target_is_typed_to_hold_wins_over_the_task(tmp_path: Path, task: str) -> None:
    other = {"regress": "class", "classify": "number"}[task]
    with pytest.raises(PenjingError) as caught:
        planned(source_of(tmp_path, "npz", Y), task, target_type=other)
    assert caught.value.finding.rule == "task-does-not-fit"
    assert f"a source of {other}" in caught.value.finding.what


def test_a_setting_that_the_source_has_no_use_for_is_refused_before_it_is_read() -> None:
    with pytest.raises(PenjingError, match="`target` has no use with sklearn:digits"):
        planned("sklearn:digits", None, target="x")


@pytest.mark.parametrize(
    ("names", "advice"),
    [
        (("x", "y"), "at least 3 examples of each class"),
        (("x_test", "y_test"), "a part to train on, beside its test"),
    ],
    ids=["divided-here", "of-the-source"],
)
def test_how_to_fill_an_empty_split_depends_on_who_divides(tmp_path: Path, names: tuple[str, str], advice: str) -> None:
    source = saved(tmp_path, **dict(zip(names, (X[:2], Y[:2]), strict=True)))
    with pytest.raises(PenjingError) as caught:
        planned(source, None)
    assert caught.value.finding.rule == "empty-split"
    assert advice in caught.value.finding.try_


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("sklearn:digits", "digits"),
        ("/data/flowers.v2.zip", "flowers.v2"),
        ("/data/my.data", "my.data"),
        ("shapes.npz", "shapes"),
        ("names.2024.TXT", "names.2024"),
        ("train-images.idx3-ubyte.gz", "train-images"),
        ("/", "run"),
    ],
)
def test_a_folder_is_named_as_its_source_without_the_ending_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert next_run(source) == Path("runs") / f"{name}-1"
    Path("runs", f"{name}-grid-1").mkdir(parents=True)
    assert next_run(source, "grid") == Path("runs") / f"{name}-grid-2"


@pytest.mark.parametrize(
    ("typed", "optimizer", "lr"),
    [
        ({}, "muon", 0.02),
        ({"model": "resnet18"}, "muon", 0.02),
        ({"model": "alexnet"}, "adamw", 1e-4),
        ({"model": "vgg11_bn"}, "adamw", 1e-4),
        ({"model": "alexnet", "lr": 0.001}, "adamw", 0.001),
        ({"model": "alexnet", "optimizer": "sgd"}, "sgd", USUAL["sgd"]["lr"]),
    ],
    ids=str,
)
def test_wide_linear_layers_are_not_orthogonalized(
    tmp_path: Path, typed: dict[str, Any], optimizer: str, lr: float
) -> None:
    """One product of 4096 x 4096 matrices takes seconds, and a step of muon fifteen for each such layer."""
    pictures = np.random.default_rng(0).integers(0, 256, (40, 24, 24, 3), np.uint8)
    train = planned(saved(tmp_path, x=pictures, y=np.arange(40) % 2), None, **typed).config.train
    assert (train.optimizer, train.lr) == (optimizer, lr)
