"""The table of a network's layers, against sizes and costs counted otherwise."""

from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from penjing.config import Model
from penjing.inspection.counting import parameters_of
from penjing.inspection.layers import layers_of
from penjing.models import USUAL
from penjing.models.cnn import CNN
from penjing.runtime.pipeline import Pipeline, Predictor
from penjing.runtime.steps.run_graph import RunGraph
from penjing.tasks.class_spec import spec_without_data
from penjing.tasks.picture_networks import picture_network
from penjing.tasks.task import Graph, Signature
from penjing.training.costs import macs_of
from penjing.training.torch_engine import TorchEngine


def counted_macs(network: nn.Module, picture: tuple[int, int, int]) -> int:
    """As a score's cost is counted."""
    graph = Graph(network, {"x": Signature(("batch", *picture), "float32")}, ("logits",))
    return macs_of(Predictor(Pipeline((RunGraph("g", "x"),)), TorchEngine({"g": graph})), torch.zeros(picture).numpy())


@pytest.mark.parametrize("name", USUAL)
def test_rows_add_up_to_the_cost_that_a_score_tells(name: str) -> None:
    picture = (3, 33, 32)
    model = Model(name, width=0 if name == "mlp" else 8)
    network = picture_network(model, 7, spec_without_data(7, picture)).eval()
    layers = layers_of(network, picture)
    assert layers.macs == sum(row.macs for row in layers.rows) == counted_macs(network, picture)
    assert layers.parameters == sum(row.parameters for row in layers.rows) == parameters_of(network)
    assert layers.rows[-1].output == (7,)
    assert layers.lost is None


def test_sizes_are_those_of_the_tensors() -> None:
    network = CNN(5, 3, widths=(4, 6, 8), pooling="convolution")
    sizes = {}
    for name, module in network.named_modules():
        module.register_forward_hook(lambda module, args, out, name=name: sizes.update({name: tuple(out.shape[1:])}))
    layers = layers_of(network, (3, 29, 40))
    rows = [row for row in layers.rows if row.name != "(network)"]
    assert rows
    assert all(sizes[row.name] == row.output for row in rows)


def test_the_network_is_left_as_it_was() -> None:
    network = CNN(5, 1)
    norm = next(module for module in network.modules() if isinstance(module, nn.BatchNorm2d)).eval()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    layers_of(network, (1, 16, 16))
    assert network.training
    assert not norm.training
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
    assert torch.backends.mha.get_fastpath_enabled()


class Shares(nn.Module):
    """One convolution called twice, one never, and a weight that belongs to no layer."""

    def __init__(self) -> None:
        super().__init__()
        self.twice, self.never, self.bare = nn.Conv2d(3, 3, 3), nn.Linear(2, 2), nn.Parameter(torch.ones(3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.twice(self.twice(x)) * self.bare


def test_weights_count_once_wherever_they_are() -> None:
    layers = layers_of(Shares(), (3, 8, 8))
    found = [(row.name, row.parameters, row.receptive_field) for row in layers.rows]
    assert found == [
        ("twice", 84, (3, 3)),
        ("twice", 0, (5, 5)),
        ("(network)", 3, None),
        ("never", 6, None),
    ]
    assert layers.parameters == 93


def test_attention_is_counted_whole_and_sees_all() -> None:
    """Four maps of T x D by D x D, and two products of T x T x D."""

    class Attends(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            places = x.flatten(2).transpose(1, 2)
            given: Tensor = self.attention(places, places, places, need_weights=False)[0]
            return given

    (row,) = layers_of(Attends(), (8, 4, 5)).rows
    assert (row.kind, row.receptive_field, row.macs) == ("MultiheadAttention", "all", 4 * 20 * 64 + 2 * 20 * 20 * 8)


@pytest.mark.parametrize("name", ["resnext50_32x4d", "googlenet", "convnext_tiny", "mobilenet_v3_small", "swin_t"])
@pytest.mark.filterwarnings("ignore:The default weight initialization:FutureWarning")
def test_networks_of_others_add_up_too(torchvision_models: ModuleType, name: str) -> None:
    with torch.device("meta"):
        network = torchvision_models.get_model(name, weights=None)
    layers = layers_of(network, (3, 224, 224))
    assert layers.macs == sum(row.macs for row in layers.rows)
    assert layers.parameters == sum(row.parameters for row in layers.rows) == parameters_of(network)
    assert (layers.lost is None) == (name != "swin_t")  # its windows are cut out by a change of shape
