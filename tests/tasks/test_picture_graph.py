"""What is exported: the mirror's answer is the mean of two, costs twice as much, and ONNX Runtime gives the same."""

from collections.abc import Mapping

import msgspec
import numpy as np
import pytest
import torch

from penjing.exporting.onnx import to_onnx
from penjing.runtime.onnx_engine import OnnxEngine
from penjing.runtime.pipeline import Predictor
from penjing.settling import asked
from penjing.tasks.class_spec import Spec
from penjing.tasks.task import Graph
from penjing.training.costs import macs_of
from penjing.training.job import Job, plan
from penjing.training.session import fresh_network
from penjing.training.torch_engine import TorchEngine


@pytest.fixture(scope="module")
def job() -> Job:
    return plan("sklearn:digits", asked({"test_time": "mirror"}))


def graphs_of(job: Job, spec: Spec) -> Mapping[str, Graph]:
    network = fresh_network(job)
    with torch.no_grad():  # an answer that leans to one side
        network.head.weight.normal_(generator=torch.Generator().manual_seed(0))  # type: ignore[union-attr, operator]
    return job.task.graphs(network, spec)


def test_it_answers_with_the_mean_over_the_picture_and_its_mirror_image(job: Job) -> None:
    once = msgspec.structs.replace(job.spec, test_time="none")
    pictures = np.asarray(job.data.splits["test"].inputs[:8])
    plain, both = (TorchEngine(graphs_of(job, spec)) for spec in (once, job.spec))
    left, right, mean = (
        engine.run("classify", {"picture": asked_for})["probabilities"]
        for engine, asked_for in ((plain, pictures), (plain, pictures[:, :, ::-1]), (both, pictures))
    )
    assert np.abs(left - right).max() > 0.01
    np.testing.assert_allclose(mean, (left + right) / 2, atol=1e-6)


def test_its_cost_is_twice_that_of_one_look(job: Job) -> None:
    once = msgspec.structs.replace(job.spec, test_time="none")
    picture = job.data.splits["test"].inputs[0]
    one, two = (
        macs_of(Predictor(job.task.pipeline(spec), TorchEngine(graphs_of(job, spec))), picture)
        for spec in (once, job.spec)
    )
    resizing = 2 * 8 * 8 * 8  # once in either
    assert two - resizing == 2 * (one - resizing)


def test_the_exported_graph_mirrors_too(job: Job) -> None:
    graphs = graphs_of(job, job.spec)
    pictures = {"picture": np.asarray(job.data.splits["test"].inputs[:8]).repeat(2, axis=1).repeat(2, axis=2)}
    by_torch = TorchEngine(graphs).run("classify", pictures)["probabilities"]
    by_onnx = OnnxEngine({"classify": to_onnx("classify", graphs["classify"])}).run("classify", pictures)
    np.testing.assert_allclose(by_onnx["probabilities"], by_torch, atol=1e-5)
