"""AlexNet: torchvision's outputs from torchvision's weights, published costs, and its form for small pictures."""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from penjing.models.alexnet import AlexNet, Stem, stem_for


def test_names_and_shapes_of_weights_are_torchvisions(
    shapes: Callable[..., dict[str, Any]], torchvision_models: ModuleType
) -> None:
    assert shapes(lambda: AlexNet(1000)) == shapes(torchvision_models.alexnet)


@pytest.mark.parametrize("size", [64, 224])
def test_torchvisions_weights_give_torchvisions_outputs_exactly(
    size: int, random_torchvision: Callable[[str], nn.Module]
) -> None:
    theirs = random_torchvision("alexnet")
    with torch.device("meta"):
        ours = AlexNet(1000).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True, assign=True)
    x = torch.randn(1, 3, size, size)
    with torch.inference_mode():
        expected = theirs(x)
        assert torch.equal(ours(x), expected)
    assert 0.01 < expected.std() < math.inf


def test_costs_are_the_published_ones(costs: Callable[..., tuple[int, int]]) -> None:
    parameters, macs = costs(lambda: AlexNet(1000), (3, 224, 224))
    assert (parameters, round(macs / 1e6)) == (61_100_840, 714)


@pytest.mark.parametrize(("stem", "size"), [("large", 64), ("small", 32)])
def test_first_loss_is_ln_k_and_every_parameter_gets_a_gradient(stem: Stem, size: int) -> None:
    torch.manual_seed(0)
    network = AlexNet(10, width=16, stem=stem)
    loss = F.cross_entropy(network(torch.randn(20, 3, size, size)), torch.arange(20) % 10)
    assert loss.item() == pytest.approx(math.log(10), rel=0.05)
    loss.backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (28, 28), (33, 47)])
def test_with_the_small_stem_any_size_will_do(size: tuple[int, int]) -> None:
    assert AlexNet(3, 1, width=2, stem="small").eval()(torch.randn(2, 1, *size)).shape == (2, 3)


@pytest.mark.parametrize(("stem", "size", "grid"), [("large", 224, 6), ("small", 32, 4), ("small", 28, 4)])
def test_the_grid_that_linear_layers_read_is_what_a_picture_fills(stem: Stem, size: int, grid: int) -> None:
    network = AlexNet(3, width=2, stem=stem)
    assert network.grid == grid
    assert network.features(torch.randn(1, 3, size, size)).shape[2:] == (grid, grid)


def test_the_stem_chosen_by_size_always_passes() -> None:
    for size in [(8, 8), (62, 62), (63, 300), (64, 64)]:
        network = AlexNet(3, width=2, stem=stem_for(*size)).eval()
        assert network(torch.randn(1, 3, *size)).shape == (1, 3)
    assert [stem_for(32, 32), stem_for(64, 300), stem_for(300, 40)] == ["small", "large", "small"]


def test_an_unknown_stem_is_refused_with_words() -> None:
    unknown: Any = "medium"
    with pytest.raises(ValueError, match="'medium'; there are large, small"):
        AlexNet(3, stem=unknown)


def test_dropout_is_where_the_paper_has_it() -> None:
    layers = list(AlexNet(3, width=2, dropout=0.3).classifier)
    assert [layer.p for layer in layers if isinstance(layer, nn.Dropout)] == [0.3, 0.3]
    assert [isinstance(layer, nn.Dropout) for layer in layers] == [True, False, False] * 2 + [False]


def test_the_seed_settles_weights_and_drops() -> None:
    def outputs() -> torch.Tensor:
        torch.manual_seed(4)
        return AlexNet(3, width=2, stem="small")(torch.ones(2, 3, 32, 32))

    assert torch.equal(outputs(), outputs())


def test_exported_it_answers_the_same(
    expect_same_when_exported: Callable[[nn.Module, tuple[int, int, int]], None],
) -> None:
    torch.manual_seed(0)
    network = AlexNet(3, 1, width=2, stem="small")
    nn.init.normal_(network.get_submodule("classifier.6").get_parameter("weight"))
    expect_same_when_exported(network, (1, 28, 28))
