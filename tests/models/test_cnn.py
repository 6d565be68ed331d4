"""The small networks: first loss, shapes, parameter counts by formula, and what the arguments of `cnn` do."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from penjing.models.cnn import CNN, Block
from penjing.models.mlp import MLP


@pytest.mark.parametrize("network", [CNN(10, 1), MLP(64, 10)], ids=["cnn", "mlp"])
def test_first_loss_is_that_of_a_uniform_guess(network: nn.Module) -> None:
    torch.manual_seed(0)
    loss = F.cross_entropy(network(torch.randn(256, 1, 8, 8)), torch.randint(0, 10, (256,)))
    assert loss.item() == pytest.approx(math.log(10), rel=0.05)


def test_cnn_parameters_by_formula() -> None:
    convolutions = 9 * (3 * 16 + 16 * 16 + 16 * 24 + 24 * 24)
    norms = 2 * (16 + 16 + 24 + 24)
    assert sum(p.numel() for p in CNN(7, 3, widths=(16, 24)).parameters()) == convolutions + norms + 24 * 7 + 7


def test_mlp_parameters_by_formula() -> None:
    assert sum(p.numel() for p in MLP(12, 3, widths=(5,)).parameters()) == 12 * 5 + 5 + 5 * 3 + 3


@pytest.mark.parametrize("size", [(8, 8), (2, 2), (9, 31)])
def test_cnn_takes_any_size(size: tuple[int, int]) -> None:
    assert CNN(10, 3).eval()(torch.randn(2, 3, *size)).shape == (2, 10)


def old_block(c_in: int, c_out: int) -> nn.Sequential:
    conv = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(conv, nn.BatchNorm2d(c_out), nn.ReLU())


@pytest.mark.parametrize("widths", [(32, 64), (4, 6, 8)])
def test_with_no_more_said_it_is_what_it_was_before_there_were_kernels_to_choose(widths: tuple[int, ...]) -> None:
    """The oracle is the network as saved runs know it, written out: same draws, same names' order, same outputs."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for c_in, c_out in zip((3, *widths), widths, strict=False):
        layers += [*([nn.MaxPool2d(2)] if layers else []), old_block(c_in, c_out), old_block(c_out, c_out)]
    head = nn.Linear(widths[-1], 10)
    nn.init.normal_(head.weight, std=0.01)
    nn.init.zeros_(head.bias)
    torch.manual_seed(0)
    network = CNN(10, 3, widths=widths, dropout=0.0)
    old = [*nn.Sequential(*layers).state_dict().values(), *head.state_dict().values()]
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(network.state_dict().values(), old, strict=True))
    x = torch.randn(3, 3, 17, 12)
    assert torch.equal(network(x), head(nn.Sequential(*layers)(x).mean(dim=(2, 3))))


def test_names_of_weights_are_those_in_saved_runs() -> None:
    names = [name for name, _ in CNN(10).named_parameters() if name.endswith("conv.weight")]
    assert names == [f"stages.{i}.conv.weight" for i in (0, 1, 3, 4)]


def sizes_after_each_stage(network: CNN, height: int, width: int) -> list[tuple[int, ...]]:
    x, sizes = torch.randn(1, 1, height, width), []
    for module in network.eval().stages:
        x = module(x)
        sizes.append(tuple(x.shape[2:]))
    return sizes[1::3] if len(sizes) % 3 == 2 else sizes[1::2]


@pytest.mark.parametrize("pooling", ["max", "average", "convolution"])
def test_strides_divide_the_size_in_each_way_of_pooling(pooling: Any) -> None:
    network = CNN(3, widths=(2, 3, 4), strides=(1, 2, 3), pooling=pooling)
    assert sizes_after_each_stage(network, 24, 36) == [(24, 36), (12, 18), (4, 6)]


def test_pooling_is_what_it_says() -> None:
    networks = {pooling: CNN(3, widths=(2, 2), pooling=pooling) for pooling in ("max", "average", "convolution")}
    x = torch.arange(16.0).view(1, 1, 4, 4)
    assert networks["max"].stages[2](x).flatten().tolist() == [5, 7, 13, 15]
    assert networks["average"].stages[2](x).flatten().tolist() == [2.5, 4.5, 10.5, 12.5]
    strided = networks["convolution"].stages[2]
    assert isinstance(strided, Block)
    assert strided.conv.stride == (2, 2)


def test_kernels_and_padding_by_formula() -> None:
    network = CNN(3, widths=(2, 3), kernels=(5, 3), padding=(0, 1), strides=(1, 2))
    assert sizes_after_each_stage(network, 20, 21) == [(12, 13), (6, 6)]  # twice four less, then half
    assert sizes_after_each_stage(CNN(3, widths=(2, 3), kernels=7), 20, 21) == [(20, 21), (10, 10)]


@pytest.mark.parametrize(
    "wrong", [{"kernels": (3, 3, 3)}, {"strides": (1,)}, {"padding": (1, 1, 1)}, {"pooling": "mean"}]
)
def test_what_cannot_be_is_refused_with_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        CNN(3, **wrong)


def test_exported_it_answers_the_same(
    expect_same_when_exported: Callable[[nn.Module, tuple[int, int, int]], None],
) -> None:
    torch.manual_seed(0)
    network = CNN(3, widths=(4, 6), kernels=5, padding=(1, 2), pooling="average")
    network(torch.randn(8, 1, 12, 9))  # statistics other than the start's
    expect_same_when_exported(network, (1, 12, 9))
