"""The light network: shapes, cost by formula and beside ResNet-18's, its start, its export."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from penjing.models.light_net import Block, LightNet

Costs = Callable[[Callable[[], nn.Module], tuple[int, int, int]], tuple[int, int]]


def small() -> LightNet:
    """A network that costs little; the same weights at every call."""
    torch.manual_seed(0)
    return LightNet(10, widths=(8, 16), blocks=(1, 2))


@pytest.mark.parametrize("size", [(128, 128), (96, 256), (33, 47), (8, 8), (1, 1)])
def test_takes_any_size(size: tuple[int, int]) -> None:
    assert LightNet(5).eval()(torch.randn(2, 3, *size)).shape == (2, 5)


def test_parameters_by_formula() -> None:
    stem = 49 * 3 * 8 + 2 * 8
    first = 9 * 2 * 8 * 8 + 4 * 8
    second = 9 * (8 * 16 + 16 * 16) + 4 * 16 + 8 * 16 + 2 * 16
    third = 9 * 2 * 16 * 16 + 4 * 16
    assert sum(p.numel() for p in small().parameters()) == stem + first + second + third + 16 * 10 + 10


def test_costs_a_seventh_of_resnet_18(costs: Costs) -> None:
    _, multiply_adds = costs(lambda: LightNet(5), (3, 128, 128))
    assert multiply_adds == pytest.approx(82e6, rel=0.01)  # ResNet-18 takes 592 million at 128 pixels


@pytest.mark.parametrize("stride", [1, 2])
def test_a_block_starts_as_its_shortcut(stride: int) -> None:
    block = next(block for block in small().stages if block.conv1[0].stride == (stride, stride))
    assert isinstance(block, Block)
    x = torch.rand(2, 8, 7, 7)
    torch.testing.assert_close(block(x), F.relu(block.shortcut(x)))


def test_first_loss_is_that_of_a_uniform_guess() -> None:
    torch.manual_seed(0)
    loss = F.cross_entropy(LightNet(5)(torch.randn(32, 3, 96, 96)), torch.randint(0, 5, (32,)))
    assert loss.item() == pytest.approx(math.log(5), rel=0.05)


def test_gradient_reaches_every_parameter_from_the_second_step_on() -> None:
    network = small()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(2):  # norms at zero let nothing through to the convolutions before them in the first step
        optimizer.zero_grad()
        F.cross_entropy(network(torch.randn(16, 3, 32, 32)), torch.arange(16) % 10).backward()
        optimizer.step()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_a_seed_fixes_the_weights() -> None:
    left, right = small().state_dict(), small().state_dict()
    assert all(torch.equal(left[name], right[name]) for name in left)


def test_refuses_blocks_that_do_not_match_the_stages() -> None:
    with pytest.raises(ValueError, match="blocks has 1 numbers, and there are 2 stages"):
        LightNet(10, widths=(8, 16), blocks=(1,))


def test_export_gives_the_same_answers(
    expect_same_when_exported: Callable[[nn.Module, tuple[int, int, int]], None],
) -> None:
    expect_same_when_exported(small(), (3, 36, 36))  # 9 x 9 after the stem: halved, rounded up
