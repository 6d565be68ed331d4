"""Receptive fields, against published ones, the formula, and where gradients arrive."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from penjing.inspection.layers import Layers, layers_of
from penjing.models import alexnet, fast_net, resnet, resnet_small, vgg

Sees = tuple[int, int] | str | None


def looked_at(build: Callable[[], nn.Module], *, size: int = 224) -> Layers:
    with torch.device("meta"):
        network = build()
    return layers_of(network, (3, size, size))


def seen_in(layers: Layers, name: str) -> Sees:
    """By the last row of that name."""
    return [row.receptive_field for row in layers.rows if row.name == name][-1]


def as_in_the_paper(depth: int) -> nn.Module:
    """Of a bottleneck, the first 1x1 has the stride: what the published figures are of."""
    network = resnet.ResNet(10, depth=depth)
    for module in network.modules():
        if isinstance(module, resnet.Bottleneck):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, module.conv1.stride
    return network


@pytest.mark.parametrize(
    ("build", "layer", "side"),
    [
        (lambda: alexnet.AlexNet(10), "features.10", 163),
        (lambda: alexnet.AlexNet(10), "features.12", 195),
        (lambda: vgg.VGG(10, depth=16), "features.28", 196),
        (lambda: vgg.VGG(10, depth=16), "features.30", 212),
        (lambda: as_in_the_paper(50), "layer4.2.conv3", 483),
        (lambda: as_in_the_paper(101), "layer4.2.conv3", 1027),
        (lambda: as_in_the_paper(152), "layer4.2.conv3", 1507),
    ],
    ids=["alexnet-conv5", "alexnet-pool5", "vgg16-conv5", "vgg16-pool5", "resnet50", "resnet101", "resnet152"],
)
def test_fields_are_the_published_ones(build: Callable[[], nn.Module], layer: str, side: int) -> None:
    """Araujo, Norris and Sim, Distill 2019, table 1 (163 and 196: one pooling less)."""
    assert seen_in(looked_at(build), layer) == (side, side)


@pytest.mark.parametrize("depth", resnet_small.DEPTHS)
@pytest.mark.parametrize("shortcuts", ["project", "pad"])
def test_small_residual_networks_see_what_their_kernels_add_up_to(depth: int, shortcuts: Any) -> None:
    n = (depth - 2) // 6
    first_stage, later = 1 + 2 + 4 * n, 2 + 4 * (2 * n - 1) + 4 + 8 * (2 * n - 1)  # a 3x3 adds two steps
    layers = looked_at(lambda: resnet_small.SmallResNet(10, depth=depth, shortcuts=shortcuts), size=32)
    assert seen_in(layers, f"stages.{3 * n - 1}.conv2") == (first_stage + later,) * 2


def test_code_that_asks_for_shapes_and_calls_functions_is_followed() -> None:
    """FastNet: 2x2, then 3x3, a halving and 3x3 at steps 1 and 2, 2 and 4, 4 and 8."""
    layers = looked_at(lambda: fast_net.FastNet(10), size=32)
    side = 2 + (2 + 1 + 4) + (4 + 2 + 8) + (8 + 4 + 16)
    assert seen_in(layers, "groups.2.convs.1") == (side, side)
    assert [row.kind for row in layers.rows].count("max_pool2d") == 3


windows = st.tuples(
    st.sampled_from(["conv", "pool", "slice", "pad", "branches", "last"]),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),  # kernel
    st.integers(1, 2),  # stride
    st.integers(0, 1),  # padding
    st.integers(1, 2),  # dilation
)


class Chain(nn.Module):
    """Windows in a row, all weights positive, so that a gradient arrives wherever something is seen."""

    def __init__(self, chain: list[Any]) -> None:
        super().__init__()
        self.chain = chain
        self.kernels = nn.ParameterList(torch.ones(1, 1, *kernel) for _, kernel, *_ in chain)

    def forward(self, x: Tensor) -> Tensor:
        for weight, (kind, kernel, stride, padding, dilation) in zip(self.kernels, self.chain, strict=True):
            conv = F.conv2d(x, weight, None, stride, padding, dilation)
            if kind == "conv":
                x = conv
            elif kind == "pool":
                x = F.avg_pool2d(x, kernel, stride, padding=min(padding, min(kernel) // 2))
            elif kind == "slice":
                x = x[:, :, padding::stride, 1:]
            elif kind == "pad":
                x = F.pad(x, (2, 0, padding, 1))
            elif kind == "branches":
                x = F.conv2d(x, weight, None, 1, (kernel[0] // 2, kernel[1] // 2))[..., : x.shape[2], : x.shape[3]]
                x = torch.cat((x, F.max_pool2d(x, 1)), dim=1).sum(dim=1, keepdim=True) + x
            else:  # channels last, and back
                x = F.linear(x.permute(0, 2, 3, 1), weight[0, 0, :1, :1]).permute(0, 3, 1, 2)
        return x


@given(st.lists(windows, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_unit_sees_the_pixels_that_its_gradient_reaches(chain: list[Any]) -> None:
    """The oracle is autograd: the extent of the gradient of a unit far from the borders."""
    network = Chain(chain).double()
    x = torch.zeros(1, 1, 160, 160, dtype=torch.double, requires_grad=True)
    out = network(x)
    out[0, 0, out.shape[2] // 2, out.shape[3] // 2].backward()
    assert x.grad is not None
    reached = x.grad[0, 0].nonzero()
    extent = tuple((reached.max(dim=0).values - reached.min(dim=0).values + 1).tolist())
    wrapped = nn.Sequential(Chain(chain), nn.Conv2d(1, 1, 1))
    assert seen_in(layers_of(wrapped, (1, 160, 160)), "1") == extent


class Calls(nn.Module):
    """A function between two convolutions, the second of which tells what it sees."""

    def __init__(self, function: Callable[[Tensor], Tensor], channels: int = 4) -> None:
        super().__init__()
        self.before, self.after, self.function = nn.Conv2d(3, 4, 3), nn.Conv2d(channels, 4, 1), function

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.function(self.before(x)))


def focus(x: Tensor) -> Tensor:
    """Space to depth, by slices."""
    return torch.cat([x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)], dim=1)


def attention(x: Tensor) -> Tensor:
    places = x.flatten(2).transpose(1, 2)
    return x + F.scaled_dot_product_attention(places, places, places).transpose(1, 2).view_as(x)


@pytest.mark.parametrize(
    ("function", "channels", "sees"),
    [
        (lambda x: F.pixel_unshuffle(x, 2), 16, (4, 4)),
        (focus, 16, (4, 4)),
        (lambda x: x * x.mean((2, 3), keepdim=True).sigmoid(), 4, (3, 3)),
        (lambda x: F.interpolate(F.max_pool2d(x, 2), scale_factor=2), 4, (4, 4)),
        (lambda x: x.unflatten(1, (2, 2)).transpose(1, 2).flatten(1, 2), 4, (3, 3)),
        (attention, 4, "all"),
        (lambda x: x.roll(1, 2), 4, "unknown"),
        (lambda x: x.transpose(2, 3), 4, "unknown"),
    ],
    ids=["unshuffle", "focus", "gate", "enlarged", "channel-shuffle", "attention", "roll", "turned"],
)
def test_functions_between_layers_are_followed(function: Callable[[Tensor], Tensor], channels: int, sees: Sees) -> None:
    assert seen_in(layers_of(Calls(function, channels), (3, 12, 12)), "after") == sees


def test_what_is_lost_from_sight_is_named() -> None:
    assert layers_of(Calls(lambda x: x.roll(1, 2)), (3, 12, 12)).lost == "roll in (network)"
    assert layers_of(Calls(focus, 16), (3, 12, 12)).lost is None
