"""Regress: a number is learned in its own unit, its interval comes from validation, bad numbers are refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import nn

import penjing
from penjing.data.batches import Share
from penjing.data.dataset import Dataset, Split
from penjing.evaluation.regression import margin
from penjing.findings import PenjingError
from penjing.run import Run
from penjing.runtime.pipeline import Predictor
from penjing.runtime.steps.give_number import Number
from penjing.settling import asked
from penjing.tasks import regress
from penjing.tasks.numbers import Kind, expected_loss
from penjing.training.calibration import calibrate_run
from penjing.training.job import plan
from penjing.training.session import fit_run, fresh_network
from penjing.training.torch_engine import TorchEngine
from tests.conftest import REAL_DATA
from tests.tasks.shapes import job_on, numbered, read_as

SETTINGS = {"budget": "12epochs", "evaluations": 1, "batch_size": 32, "keep": "best"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on radii, calibrated."""
    with pytest.MonkeyPatch.context() as patch:
        job = job_on(numbered(), patch, SETTINGS)
        assert job.task is regress
        run = Run.create(tmp_path_factory.mktemp("numbers") / "run", job.config, job.spec)
        network = fresh_network(job)
        fit_run(job, network, run, Console(quiet=True))
        assert calibrate_run(job, network, run) == []
    return run


@pytest.fixture
def run(trained: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    read_as(numbered(), monkeypatch)
    return trained


def test_it_learns_the_number_in_its_own_unit(run: Run) -> None:
    done = penjing.evaluate(run.path)
    assert (done.scores.primary.name, done.scores.primary.higher_is_better) == ("mean absolute error", False)
    assert done.scores.primary.value < 0.5  # radii from 101 to 106
    assert set(done.baselines) == {"mean", "median", "nearest neighbour"}
    assert done.baselines["mean"].ours_less_this.low > 0.5
    r2, inside = done.scores.others
    assert r2.value > 0.8
    assert inside.low < 0.9 < inside.high


def test_its_margin_is_that_of_the_weights_that_are_kept_on_validation(run: Run) -> None:
    validation = numbered().splits["validation"]
    answers = penjing.predict(run.path, *validation.inputs)
    assert run.spec_for(regress.Spec).margin == pytest.approx(margin(answers, np.asarray(validation.truths)))
    assert answers[0].low == pytest.approx(answers[0].value - run.spec_for(regress.Spec).margin)  # type: ignore[operator]


def test_its_file_is_proven_and_carries_the_interval(run: Run, tmp_path: Path) -> None:
    file = penjing.export(run.path, tmp_path / "radius.onnx")
    assert penjing.verify(file).findings == ()
    picture = numbered().splits["test"].inputs[0]
    (by_file,), (by_run,) = penjing.predict(file, picture), penjing.predict(run.path, picture)
    assert by_file.name == "radius"
    assert (by_file.low, by_file.value, by_file.high) == pytest.approx((by_run.low, by_run.value, by_run.high))


def test_explaining_it_ends_in_one_finding(run: Run) -> None:
    with pytest.raises(PenjingError) as caught:
        penjing.explain(run.path)
    assert caught.value.finding.rule == "not-for-this-task"


@pytest.mark.parametrize("kind", ["huber", "mse"])
def test_a_network_that_knows_nothing_has_the_loss_that_is_foretold(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_on(numbered(), monkeypatch, {"loss": kind, "batch_size": 240, "shift": 0})

    class Nothing(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.zeros(len(x), 1)

    batch = job.task.stream(job.data.splits["train"], Nothing(), job.spec, job.config, Share()).at(0)
    start = job.task.start_loss(job.spec)
    assert job.task.loss(Nothing(), batch, job.spec, job.config).total.item() == pytest.approx(start)
    assert start == (pytest.approx(1) if kind == "mse" else pytest.approx(0.43, abs=0.05))


def test_where_batches_differ_too_much_nothing_is_foretold() -> None:
    losses = np.zeros(1000)
    losses[:5] = 200.0  # mean 1, as of a few wild numbers
    assert expected_loss(losses, 64) is None
    assert expected_loss(np.ones(1000), 64) == 1


def spoiled(split: str, value: float) -> Dataset:
    data = numbered(80)
    truths = np.array(data.splits[split].truths)
    truths[3] = value
    return replace(data, splits=data.splits | {split: replace(data.splits[split], truths=truths)})


@pytest.mark.parametrize(("split", "value"), [("train", np.nan), ("test", np.inf)])
def test_a_number_that_is_not_finite_is_named(split: str, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    data = spoiled(split, value)
    with pytest.raises(PenjingError) as caught:
        job_on(data, monkeypatch, {})
    assert caught.value.finding.rule == "not-finite"
    assert data.splits[split].name(3) in caught.value.finding.where


def test_one_number_for_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = numbered(80)
    train = data.splits["train"]
    same = Split(train.inputs, np.full(len(train), 7.0, dtype=np.float32), train.names)
    with pytest.raises(PenjingError, match=r"`.+` is 7 for every picture"):
        job_on(replace(data, splits=data.splits | {"train": same}), monkeypatch, {})


def test_classes_are_no_numbers() -> None:
    with pytest.raises(PenjingError) as caught:
        plan("sklearn:digits", asked({"task": "regress"}))
    assert caught.value.finding.rule == "task-does-not-fit"
    assert "number" in caught.value.finding.what


def test_a_drawing_is_right_where_the_truth_lies_in_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_on(numbered(80), monkeypatch, {})
    picture = job.data.splits["test"].inputs[0]
    drawn = [
        regress.draw(picture, answer, np.float32(3.0), job.spec)  # as a split holds it
        for answer in (Number(2.5, "radius", 2, 3), Number(2.5, "radius", 2, 2.9), Number(2.5, "radius"))
    ]
    assert [drawing.right is right for drawing, right in zip(drawn, (True, False, None), strict=True)] == [True] * 3
    assert [(drawing.verdict, drawing.caption) for drawing in drawn] == [
        ("off by 0.5", "2.5 [2.0, 3.0], truly 3.0"),
        ("off by 0.50", "2.50 [2.00, 2.90], truly 3.00"),
        ("", "2.5, truly 3"),
    ]


def named(name: str, lowest: float) -> Dataset:
    """Radii under another name, from another number on."""
    data = numbered(80)
    moved = {
        key: replace(split, truths=np.asarray(split.truths, np.float32) - 101 + np.float32(lowest))
        for key, split in data.splits.items()
    }
    return replace(data, splits=moved, classes=(name,))


@pytest.mark.parametrize(
    ("name", "lowest", "negated"), [("steering", -2.5, True), ("steering", 1, False), ("radius", -2.5, False)]
)
def test_steering_of_both_signs_is_mirrored_with_its_picture(
    name: str, lowest: float, negated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_on(named(name, lowest), monkeypatch, {"batch_size": 32})
    assert (job.config.options.mirror, job.config.options.mirrored == "negated") == (negated, negated)
    split = job.data.splits["train"]
    truths = {round(float(truth), 4) for truth in np.asarray(split.truths)}
    batch = job.task.stream(split, nn.Identity(), job.spec, job.config, Share()).at(0)
    own = [round(float(number), 4) in truths for number in batch.y]
    assert all(own) is not negated
    assert all(a or round(-float(number), 4) in truths for a, number in zip(own, batch.y, strict=True))


@pytest.mark.parametrize("lowest", [-2.5, -0.5])
def test_numbers_are_centred_as_they_are_trained_mirrored_ones_included(
    lowest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A track driven in one direction is steered to one side; with its mirrors, to both alike."""
    job = job_on(named("steering", lowest), monkeypatch, {"batch_size": 32})
    numbers = np.asarray(job.data.splits["train"].truths, np.float64)
    assert job.spec.usual == pytest.approx(0, abs=1e-9)
    assert job.spec.spread == pytest.approx(np.sqrt((numbers**2).mean()))
    stream = job.task.stream(job.data.splits["train"], nn.Identity(), job.spec, job.config, Share())
    drawn = np.concatenate([stream.at(i).y.numpy() for i in range(20 * stream.steps_per_epoch)])
    losses = regress.each_loss(torch.zeros(len(drawn)), torch.from_numpy(drawn / job.spec.spread), "huber")
    assert job.spec.untrained_loss == pytest.approx(float(losses.mean()), rel=0.05)
    baseline = regress.baselines(job.data, job.spec, job.data.splits["test"])["mean"]
    assert baseline[0].value == pytest.approx(numbers.mean())


def test_numbers_are_not_negated_for_pictures_that_are_not_mirrored(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PenjingError, match="`mirrored` has no use with mirror=false"):
        job_on(named("radius", -2.5), monkeypatch, {"mirrored": "negated"})
    job_on(named("radius", -2.5), monkeypatch, {"mirrored": "negated", "mirror": True})
    job_on(named("steering", -2.5), monkeypatch, {"mirror": False})  # what was chosen with the mirror is not typed


@pytest.mark.data
def test_steering_is_learned_better_than_the_mean(tmp_path: Path) -> None:
    source = REAL_DATA / "driving_track.zip"
    if not source.exists():
        pytest.skip("driving_track.zip is not beside the checkout")
    settings = {"group": "time", "size": "12x24", "threads": 1, "evaluations": 0, "budget": "5epochs"}
    job = plan(str(source), asked(settings))
    network = fresh_network(job)
    fit_run(job, network, Run.create(tmp_path / "run", job.config, job.spec), Console(quiet=True))
    predictor = Predictor(job.task.pipeline(job.spec), TorchEngine(job.task.graphs(network, job.spec)))
    split = job.data.splits["test"]
    answers = job.task.answers(predictor, split)
    of_frames, of_blocks = (job.task.score(*answers, job.spec, groups).others[0] for groups in (None, split.groups))
    assert (of_frames.name, of_frames.low > 0) == ("R2", True)
    assert of_blocks.method.endswith("resamples of 4 groups")
    assert of_blocks.high - of_blocks.low > 1.5 * (of_frames.high - of_frames.low)
