"""Several labels a picture: learned, thresholds chosen on validation alone, exported, and what cannot be done said."""

import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from rich.console import Console

import penjing
from penjing.data.batches import Share
from penjing.evaluation.multi_label import fitted_thresholds
from penjing.findings import PenjingError
from penjing.run import Run
from penjing.runtime.steps.name_labels import Labels
from penjing.tasks import several_labels
from penjing.tasks.class_spec import Options, Spec
from penjing.training.calibration import calibrate_run
from penjing.training.job import Job
from penjing.training.session import fit_run, fresh_network
from tests.tasks.shapes import SHAPES, job_on, labelled, read_as

SETTINGS = {"budget": "12epochs", "evaluations": 1, "batch_size": 32, "shift": 0.05, "rotate": 0, "scale": 0}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on shapes, calibrated."""
    with pytest.MonkeyPatch.context() as patch:
        job = job_on(labelled(), patch, SETTINGS)
        run = Run.create(tmp_path_factory.mktemp("labels") / "run", job.config, job.spec)
        network = fresh_network(job)
        fit_run(job, network, run, Console(quiet=True))
        assert calibrate_run(job, network, run) == []
    return run


@pytest.fixture
def run(trained: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    read_as(labelled(), monkeypatch)
    return trained


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Job:
    return job_on(labelled(80), monkeypatch, {})


def test_it_learns_clearly_more_than_its_baselines(run: Run) -> None:
    done = penjing.evaluate(run.path)
    assert done.scores.primary.name == "mean average precision"
    assert done.scores.primary.value > 0.9
    assert set(done.baselines) == {"most frequent set", "each label's share", "nearest neighbour"}
    assert done.baselines["most frequent set"].ours_less_this.low > 0.4
    assert done.baselines["nearest neighbour"].ours_less_this.value > 0
    assert [row["label"] for row in done.scores.details["labels"]] == list(SHAPES)


def test_its_thresholds_are_those_of_the_validation_split(run: Run) -> None:
    spec = run.spec_for(Spec)
    validation = labelled().splits["validation"]
    answers = penjing.predict(run.path, *validation.inputs)
    probabilities = np.array([answer.probabilities for answer in answers])
    assert spec.thresholds == fitted_thresholds(probabilities, np.asarray(validation.truths))
    assert spec.thresholds != (0.5,) * 3
    assert all(
        answer.labels == tuple(np.array(SHAPES)[np.greater_equal(answer.probabilities, spec.thresholds)])
        for answer in answers
    )


def test_its_file_answers_alike_with_the_same_thresholds(run: Run, tmp_path: Path) -> None:
    file = penjing.export(run.path, tmp_path / "labels.onnx")
    assert penjing.verify(file).findings == ()
    pictures = list(labelled().splits["test"].inputs[:20])
    pairs = zip(penjing.predict(file, *pictures), penjing.predict(run.path, *pictures), strict=True)
    assert all(ours.labels == theirs.labels for ours, theirs in pairs)


def test_explaining_it_ends_in_one_finding(run: Run) -> None:
    with pytest.raises(PenjingError) as caught:
        penjing.explain(run.path)
    assert caught.value.finding.rule == "not-for-this-task"


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_an_untrained_network_has_the_loss_that_theory_says(job: Job, smoothing: float) -> None:
    config = msgspec.structs.replace(job.config, options=Options(label_smoothing=smoothing))
    network = fresh_network(job)
    batch = job.task.stream(job.data.splits["train"], network, job.spec, config, Share()).at(0)
    assert batch.y.dtype == torch.bool
    loss = job.task.loss(network, batch, job.spec, config).total.item()
    assert loss == pytest.approx(math.log(2), rel=0.05)
    assert job.task.start_loss(job.spec) == math.log(2)


def test_the_usual_answers_are_the_most_frequent_set_and_the_shares(job: Job) -> None:
    usual = several_labels.baselines(job.data, job.spec, job.data.splits["test"])
    truths = np.asarray(job.data.splits["train"].truths)
    rows = [tuple(row) for row in truths.tolist()]
    most = max(set(rows), key=rows.count)
    assert usual["most frequent set"][0].probabilities == most
    assert usual["each label's share"][0].probabilities == pytest.approx(tuple(truths.mean(axis=0)))


def test_a_drawing_says_what_differs(job: Job) -> None:
    picture = job.data.splits["test"].inputs[0]
    right = several_labels.draw(picture, Labels(("disk",), ()), np.array([True, False, False]), job.spec)
    wrong = several_labels.draw(picture, Labels((), ()), np.array([False, True, True]), job.spec)
    nothing = several_labels.draw(picture, Labels(("bar",), ()), np.array([False, False, False]), job.spec)
    assert (right.caption, right.right) == ("disk", True)
    assert (wrong.caption, wrong.right) == ("no label; is: bar, frame", False)
    assert nothing.caption == "bar; is: none of them"
