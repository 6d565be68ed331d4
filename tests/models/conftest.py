"""What tests of networks share: torchvision's networks as oracles, costs counted without computing, and an export."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from penjing.exporting.onnx import to_onnx
from penjing.runtime.onnx_engine import OnnxEngine
from penjing.tasks.task import Graph, Signature


@pytest.fixture(scope="session")
def random_torchvision(torchvision_models: ModuleType) -> Callable[[str], nn.Module]:
    """`random_torchvision("vgg16")`: in evaluation mode, every weight and statistic drawn anew."""

    def build(name: str) -> nn.Module:
        with torch.device("meta"):
            network: nn.Module = getattr(torchvision_models, name)()
        network = network.to_empty(device="cpu").eval()
        noise = torch.rand(1_000_003) - 0.5  # repeated: to draw 140 million weights would take a second
        for key, tensor in network.state_dict().items():
            for part in tensor.view(-1).split(len(noise)):
                part.copy_(noise[: len(part)])
            if tensor.dim() > 1:
                tensor *= (24 / tensor[0].numel()) ** 0.5  # the signal keeps its size
            elif key.endswith(("var", "weight")):
                tensor += 1  # of norms: positive
        return network

    return build


@pytest.fixture(scope="session")
def costs() -> Callable[..., tuple[int, int]]:
    """`costs(lambda: network, (3, 224, 224))`: parameters, and multiply-adds of one picture; nothing is computed."""

    def count(build: Callable[[], nn.Module], picture: tuple[int, int, int]) -> tuple[int, int]:
        with torch.device("meta"):
            network, x = build().eval(), torch.empty(1, *picture)
        with FlopCounterMode(display=False) as counter:
            network(x)
        return sum(parameter.numel() for parameter in network.parameters()), counter.get_total_flops() // 2

    return count


@pytest.fixture(scope="session")
def shapes() -> Callable[[Callable[[], nn.Module]], dict[str, Any]]:
    """Names and shapes of a network's state."""

    def of(build: Callable[[], nn.Module]) -> dict[str, Any]:
        with torch.device("meta"):
            return {name: tuple(tensor.shape) for name, tensor in build().state_dict().items()}

    return of


@pytest.fixture(scope="session")
def expect_same_when_exported() -> Callable[[nn.Module, tuple[int, int, int]], None]:
    """Export with a free batch axis, and compare ONNX Runtime with torch at batches of one and three."""

    def compare(network: nn.Module, picture: tuple[int, int, int]) -> None:
        graph = Graph(network.eval(), {"x": Signature(("batch", *picture), "float32")}, ("logits",))
        engine = OnnxEngine({"g": to_onnx("g", graph)})
        for batch in (1, 3):
            x = torch.randn(batch, *picture)
            with torch.inference_mode():
                expected = network(x).numpy()
            np.testing.assert_allclose(engine.run("g", {"x": x.numpy()})["logits"], expected, atol=1e-5, rtol=1e-4)

    return compare
