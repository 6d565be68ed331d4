"""Costs, against formulas."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from penjing.runtime.pipeline import Pipeline, Predictor
from penjing.runtime.steps.run_graph import RunGraph
from penjing.tasks.task import Graph, Signature
from penjing.training.costs import forward_macs, macs_of
from penjing.training.job import Job
from penjing.training.session import fresh_network
from penjing.training.torch_engine import TorchEngine


def test_a_layer_costs_its_products_however_often_it_is_called() -> None:
    network = nn.Linear(7, 5)
    engine = TorchEngine({"g": Graph(network, {"x": Signature(("batch", 7), "float32")}, ("x",))})
    once = Predictor(Pipeline((RunGraph("g", "x"),)), engine)
    assert macs_of(once, np.ones(7, np.float32)) == 7 * 5
    square = TorchEngine({"g": Graph(nn.Linear(7, 7), {"x": Signature(("batch", 7), "float32")}, ("x",))})

    def twice(values: list[np.ndarray], engine: TorchEngine) -> list[np.ndarray]:
        return [engine.run("g", engine.run("g", {"x": np.stack(values)}))["x"][0]]

    assert macs_of(Predictor(Pipeline((twice,)), square), np.ones(7, np.float32)) == 7 * 7  # type: ignore[arg-type]


def test_attention_costs_its_linear_maps_and_its_products() -> None:
    """Four maps of T x D by D x D, and two products of T x T x D; in evaluation torch would fuse them."""
    T, D = 20, 8

    class Attends(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(D, 2, batch_first=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            given: torch.Tensor = self.attention(x, x, x, need_weights=False)[0]
            return given

    engine = TorchEngine({"g": Graph(Attends().eval(), {"x": Signature(("batch", T, D), "float32")}, ("x",))})
    found = macs_of(Predictor(Pipeline((RunGraph("g", "x"),)), engine), np.ones((T, D), np.float32))
    assert found == 4 * T * D * D + 2 * T * T * D


@pytest.mark.parametrize("batch_size", [1, 2, 64])
def test_a_batch_costs_what_its_pictures_do(job: Callable[..., Job], batch_size: int) -> None:
    planned = job(model="mlp", batch_size=batch_size, accumulate=1)
    network = fresh_network(planned)
    products = sum(
        layer.in_features * layer.out_features for layer in network.modules() if isinstance(layer, nn.Linear)
    )
    assert forward_macs(planned, network) == batch_size * products
