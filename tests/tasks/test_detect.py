"""Detect, from the command to the file: learned, killed and resumed, shipped, drawn."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import penjing as package
from penjing.data.batches import Share
from penjing.data.scenes import Truth
from penjing.evaluation.boxes import iou
from penjing.run import Run
from penjing.runtime.steps.keep_boxes import Detections
from penjing.settling import asked
from penjing.tasks import detect
from penjing.tasks.task import Task
from penjing.training.job import Job, plan
from penjing.training.session import fresh_network

TASK: Task = detect  # mypy holds the module to the Protocol


@pytest.fixture(scope="module")
def scenes_run(penjing: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in half of its default budget: what all of it gives stands in RESULTS.md."""
    folder = tmp_path_factory.mktemp("detect")
    words = ("budget=400steps", "threads=1", "--out", folder / "run", "--json")
    said = penjing("train", "sklearn:digits", "--task", "detect", *words, cwd=folder)
    assert said.code == 0, said.err
    return folder / "run"


@pytest.fixture(scope="module")
def scenes_file(scenes_run: Path) -> Path:
    return package.export(scenes_run, scenes_run.with_suffix(".onnx"))


@pytest.fixture(scope="module")
def job() -> Job:
    return plan("sklearn:digits", asked({"batch_size": 16, "task": "detect"}))


def test_in_half_its_budget_it_is_far_above_templates(scenes_run: Path) -> None:
    test = Run(scenes_run).scores["test"]
    primary = test["scores"]["primary"]
    assert (primary["name"], primary["n"]) == ("AP50", 200)
    assert primary["value"] >= 0.85
    assert test["baselines"]["template match"]["ours_less_this"]["low"] > 0
    assert test["baselines"]["template match"]["scores"]["primary"]["value"] > 0.6  # a baseline worth beating
    assert test["baselines"]["nothing found"]["scores"]["primary"]["value"] == 0
    assert test["cost"]["parameters"] <= 300_000


def test_killed_it_ends_in_the_same_bits(killed_and_whole: Callable[..., tuple[Path, Path]]) -> None:
    killed, whole = killed_and_whole("sklearn:digits", "--task", "detect", "budget=60steps", "evaluations=1", kills=1)
    weights = [Run(path).weights("last") for path in (killed, whole)]
    assert all((weights[0][key] == weights[1][key]).all() for key in weights[1])


def test_the_file_is_proven_and_scores_as_the_run_does(scenes_run: Path, scenes_file: Path) -> None:
    assert package.verify(scenes_file).findings == ()
    by_torch, by_onnx = package.evaluate(scenes_run), package.evaluate(scenes_file)
    assert (by_torch.engine, by_onnx.engine) == ("torch", "onnxruntime")
    assert by_torch.scores.primary.value == pytest.approx(by_onnx.scores.primary.value, abs=1e-3)


def test_the_file_answers_a_larger_picture_in_its_own_pixels(scenes_file: Path, job: Job, tmp_path: Path) -> None:
    """The scene with the most digits, twice as wide and three times as high, as a file."""
    test = job.data.splits["test"]
    at = int(np.argmax([len(truth.labels) for truth in test.truths]))
    plain = test.inputs[at]
    Image.fromarray(plain[:, :, 0].repeat(3, axis=0).repeat(2, axis=1)).save(tmp_path / "scene.png")
    (small,), (large,) = package.predict(scenes_file, plain), package.predict(scenes_file, tmp_path / "scene.png")
    assert len(small.labels) >= 4
    scaled = np.array(small.boxes_xyxy) * [2, 3, 2, 3]
    overlaps = iou(scaled, np.array(large.boxes_xyxy)).max(axis=1)
    assert (overlaps > 0.7).mean() > 0.8  # resizing and back blurs the noise a little
    (sure,) = package.predict(scenes_file, plain, settings={"threshold": 0.99})
    assert len(sure.labels) < len(small.labels)


def test_a_step_is_a_function_of_seed_and_step_shared_out_over_processes(job: Job) -> None:
    train = job.data.splits["train"]
    network = fresh_network(job)
    whole = detect.stream(train, network, job.spec, job.config, Share()).at(3)
    again = detect.stream(train, network, job.spec, job.config, Share()).at(3)
    half = detect.stream(train, network, job.spec, job.config, Share(1, 2)).at(3)
    assert all(torch.equal(one, two) for one, two in zip(whole, again, strict=True))
    assert len(half.x) == len(whole.x) // 2 == 8
    assert ((whole.labels >= 0).sum(dim=1) <= 6).all()


def test_a_network_learns_one_batch_by_heart(job: Job) -> None:
    """Overfitting one batch proves that loss, targets and maps mean the same thing (Karpathy's recipe)."""
    network = fresh_network(job).train()
    batch = detect.stream(job.data.splits["train"], network, job.spec, job.config, Share()).at(0)
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    first = detect.loss(network, batch, job.spec, job.config).total.item()
    for _ in range(60):
        loss = detect.loss(network, batch, job.spec, job.config).total
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert detect.loss(network, batch, job.spec, job.config).total.item() < first / 10


def test_a_drawing_says_how_many_were_found(job: Job) -> None:
    truth = Truth(np.array([[1, 1, 9, 9], [20, 20, 30, 30]], dtype=np.float32), np.array([3, 4]))
    answer = Detections(((1, 1, 9, 9), (30, 1, 40, 9)), ("3", "7"), (0.9, 0.5))
    drawing = detect.draw(job.data.splits["test"].inputs[0], answer, truth, job.spec)
    assert drawing.caption == "1 of 2 found, 1 wrong"
    assert drawing.right is False
    assert drawing.svg.count("good-line") == 1
    assert drawing.svg.count("bad-line") == 2
    assert "missed 4" in drawing.svg
