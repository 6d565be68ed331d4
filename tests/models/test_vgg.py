"""VGG: torchvision's outputs from torchvision's weights, published costs, and how it starts."""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from penjing.models.vgg import DEPTHS, VGG, grid_for

PUBLISHED = {  # parameters without and with batch norm, multiply-adds at 224 pixels in millions: torchvision's tables
    11: (132_863_336, 132_868_840, 7_609),
    13: (133_047_848, 133_053_736, 11_308),
    16: (138_357_544, 138_365_992, 15_470),
    19: (143_667_240, 143_678_248, 19_632),
}
ALL = [(depth, norm) for depth in DEPTHS for norm in (False, True)]


def name_of(depth: int, norm: bool) -> str:
    return f"vgg{depth}_bn" if norm else f"vgg{depth}"


@pytest.mark.parametrize(("depth", "norm"), ALL)
def test_names_and_shapes_of_weights_are_torchvisions(
    depth: int, norm: bool, shapes: Callable[..., dict[str, Any]], torchvision_models: ModuleType
) -> None:
    theirs = shapes(getattr(torchvision_models, name_of(depth, norm)))
    assert shapes(lambda: VGG(1000, depth=depth, norm=norm)) == theirs


@pytest.mark.parametrize(("depth", "norm"), ALL)
def test_torchvisions_weights_give_torchvisions_outputs_exactly(
    depth: int, norm: bool, random_torchvision: Callable[[str], nn.Module]
) -> None:
    theirs = random_torchvision(name_of(depth, norm))
    with torch.device("meta"):
        ours = VGG(1000, depth=depth, norm=norm).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True, assign=True)
    x = torch.randn(1, 3, 64, 80)
    with torch.inference_mode():
        expected = theirs(x)
        assert torch.equal(ours(x), expected)
    assert 0.01 < expected.std() < math.inf


@pytest.mark.parametrize(("depth", "norm"), ALL)
def test_costs_are_the_published_ones(depth: int, norm: bool, costs: Callable[..., tuple[int, int]]) -> None:
    parameters, macs = costs(lambda: VGG(1000, depth=depth, norm=norm), (3, 224, 224))
    assert (parameters, round(macs / 1e6)) == (PUBLISHED[depth][norm], PUBLISHED[depth][2])


@pytest.mark.parametrize("settings", [{"depth": 19}, {"depth": 16, "norm": True, "grid": 2}], ids=str)
def test_first_loss_is_ln_k_and_the_signal_keeps_its_size(settings: dict[str, Any]) -> None:
    torch.manual_seed(0)
    network = VGG(10, width=16, **settings)
    x = torch.randn(20, 3, 64, 64)
    loss = F.cross_entropy(network(x), torch.arange(20) % 10)
    assert loss.item() == pytest.approx(math.log(10), rel=0.05)
    assert 0.2 < network.features(x).std() < 5
    loss.backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (28, 28), (33, 47)])
def test_with_a_grid_of_one_any_size_will_do(size: tuple[int, int]) -> None:
    assert VGG(3, 1, depth=11, width=2, grid=1).eval()(torch.randn(2, 1, *size)).shape == (2, 3)


def test_the_grid_is_what_a_picture_fills() -> None:
    sizes = [(8, 8), (32, 32), (63, 64), (64, 64), (128, 96), (224, 224), (512, 512)]
    assert [grid_for(*size) for size in sizes] == [1, 1, 1, 2, 3, 7, 7]
    for side in (32, 64, 96, 224):
        assert (
            VGG(3, depth=11, width=1).features(torch.randn(1, 3, side, side)).shape[2:] == (grid_for(side, side),) * 2
        )


def test_dropout_is_where_the_paper_has_it() -> None:
    layers = list(VGG(3, width=2, grid=1, dropout=0.3).classifier)
    assert [layer.p for layer in layers if isinstance(layer, nn.Dropout)] == [0.3, 0.3]
    assert [isinstance(layer, nn.Dropout) for layer in layers] == [False, False, True] * 2 + [False]


def test_the_seed_settles_weights_and_drops() -> None:
    def outputs() -> torch.Tensor:
        torch.manual_seed(4)
        return VGG(3, width=2, grid=1)(torch.ones(2, 3, 32, 32))

    assert torch.equal(outputs(), outputs())


def test_an_unknown_depth_is_refused_with_words() -> None:
    with pytest.raises(ValueError, match="depth 12; there are 11, 13, 16, 19"):
        VGG(3, depth=12)


def test_exported_it_answers_the_same(
    expect_same_when_exported: Callable[[nn.Module, tuple[int, int, int]], None],
) -> None:
    torch.manual_seed(0)
    network = VGG(3, 1, depth=11, norm=True, width=2, grid=1)
    nn.init.normal_(network.get_submodule("classifier.6").get_parameter("weight"))
    expect_same_when_exported(network, (1, 28, 28))
