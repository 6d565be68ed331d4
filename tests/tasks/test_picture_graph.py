"""What is exported: the answer over several views is their mean and costs each, and ONNX Runtime gives the same."""

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
    return plan("sklearn:digits", asked({}))


def graphs_of(job: Job, spec: Spec) -> Mapping[str, Graph]:
    network = fresh_network(job)
    with torch.no_grad():  # an answer that leans to one side
        network.head.weight.normal_(generator=torch.Generator().manual_seed(0))  # type: ignore[union-attr, operator]
    return job.task.graphs(network, spec)


def probabilities(job: Job, test_time: str, pictures: np.ndarray) -> np.ndarray:
    graphs = graphs_of(job, msgspec.structs.replace(job.spec, test_time=test_time))
    return TorchEngine(graphs).run("classify", {"picture": pictures})["probabilities"]


def moved(pictures: np.ndarray, down: int, right: int) -> np.ndarray:
    """(N, H, W, C) moved by pixels; what flows in is the border."""
    rows, columns = (
        np.clip(np.arange(side) - by, 0, side - 1)
        for side, by in ((pictures.shape[1], down), (pictures.shape[2], right))
    )
    return pictures[:, rows][:, :, columns]


@pytest.mark.parametrize(("size", "by"), [(8, 1), (64, 2)])
def test_it_answers_with_the_mean_over_its_views(size: int, by: int) -> None:
    job = plan("sklearn:digits", asked({"size": size}))
    pictures = np.asarray(job.data.splits["test"].inputs[:8])
    stays, up, down = (moved(pictures, step, step) for step in (0, -by, by))
    alone, mirror, higher, lower, *mirrored = (
        probabilities(job, "none", view)
        for view in (stays, stays[:, :, ::-1], up, down, up[:, :, ::-1], down[:, :, ::-1])
    )
    for other in (mirror, higher, lower):
        assert np.abs(alone - other).max() > 1e-4
    for test_time, mean in {
        "mirror": (alone + mirror) / 2,
        "shift": alone / 2 + (higher + lower) / 4,
        "mirror_shift": (alone + mirror) / 4 + (higher + lower + mirrored[0] + mirrored[1]) / 8,
    }.items():
        np.testing.assert_allclose(probabilities(job, test_time, stays), mean, atol=1e-6, err_msg=test_time)


@pytest.mark.parametrize(("test_time", "looks"), [("mirror", 2), ("shift", 3), ("mirror_shift", 6)])
def test_its_cost_is_that_of_each_look(job: Job, test_time: str, looks: int) -> None:
    picture = job.data.splits["test"].inputs[0]
    specs = (msgspec.structs.replace(job.spec, test_time=views) for views in ("none", test_time))
    one, several = (
        macs_of(Predictor(job.task.pipeline(spec), TorchEngine(graphs_of(job, spec))), picture) for spec in specs
    )
    resizing = 2 * 8 * 8 * 8  # once in either
    assert several - resizing == looks * (one - resizing)


def test_the_exported_graph_has_the_same_views(job: Job) -> None:
    graphs = graphs_of(job, msgspec.structs.replace(job.spec, test_time="mirror_shift"))
    pictures = {"picture": np.asarray(job.data.splits["test"].inputs[:8]).repeat(2, axis=1).repeat(2, axis=2)}
    by_torch = TorchEngine(graphs).run("classify", pictures)["probabilities"]
    by_onnx = OnnxEngine({"classify": to_onnx("classify", graphs["classify"])}).run("classify", pictures)
    np.testing.assert_allclose(by_onnx["probabilities"], by_torch, atol=1e-5)
