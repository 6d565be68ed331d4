"""Classify: its floor with the defaults, its start, its stream and its scores."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

import penjing
from penjing.data.batches import Share
from penjing.runtime.steps.name_class import Classification
from penjing.settling import asked
from penjing.tasks import classify
from penjing.training.job import Job, plan
from penjing.training.session import fresh_network


@pytest.fixture(scope="module")
def job() -> Job:
    return plan("sklearn:digits", asked({}))


def test_with_its_defaults_it_reaches_its_floor(tmp_path: Path) -> None:
    scores = penjing.train("sklearn:digits", out=tmp_path / "run", settings={"threads": 1}).scores["test"]
    assert scores["scores"]["primary"]["value"] >= 0.985
    assert scores["baselines"]["majority"]["ours_less_this"]["low"] > 0.8
    assert 0.97 < scores["baselines"]["nearest neighbour"]["scores"]["primary"]["value"] < 1


def test_the_spec_is_that_of_the_train_split(job: Job) -> None:
    pixels = np.asarray(job.data.splits["train"].inputs) / 255
    assert job.spec.mean == pytest.approx((pixels.mean(),))
    assert job.spec.std == pytest.approx((pixels.std(),))
    assert sum(job.spec.frequencies) == pytest.approx(1)


@pytest.mark.parametrize("model", ["cnn", "mlp"])
def test_an_untrained_network_has_the_loss_that_theory_says(model: str) -> None:
    job = plan("sklearn:digits", asked({"model": model}))
    network = fresh_network(job)
    batch = job.task.stream(job.data.splits["train"], network, job.spec, job.config, Share()).at(0)
    loss = job.task.loss(network, batch, job.spec, job.config).total
    assert loss.item() == pytest.approx(math.log(10), rel=0.05)


def test_a_batch_is_a_function_of_its_step_and_is_moved_anew_each_epoch(job: Job) -> None:
    stream = job.task.stream(job.data.splits["train"], torch.nn.Identity(), job.spec, job.config, Share())
    assert torch.equal(stream.at(3).x, stream.at(3).x)
    assert not torch.equal(stream.at(3).x, stream.at(3 + stream.steps_per_epoch).x)


def test_without_augmentation_a_batch_is_the_normalized_pictures() -> None:
    job = plan("sklearn:digits", asked({"shift": 0, "rotate": 0, "scale": 0, "batch_size": 2000}))
    stream = job.task.stream(job.data.splits["train"], torch.nn.Identity(), job.spec, job.config, Share())
    x = stream.at(0).x
    assert x.mean().item() == pytest.approx(0, abs=1e-4)
    assert x.std().item() == pytest.approx(1, abs=1e-3)


def test_the_confusion_matrix_has_truths_in_its_rows(job: Job) -> None:
    answers = [Classification(str(i), 1.0, tuple(np.eye(10)[i].tolist())) for i in (3, 3, 1)]
    scores = classify.score(answers, [3, 9, 1], job.spec)
    assert scores.primary.value == pytest.approx(2 / 3)
    assert (scores.details["confusion"][9][3], scores.details["confusion"][3][9]) == (1, 0)
