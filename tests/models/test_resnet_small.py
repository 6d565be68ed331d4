"""The small residual networks and their plain twins: published costs, what a shortcut is, and how they start."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from penjing.models.resnet_small import Block, DropBranch, SmallResNet

PAPER = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7}  # millions of parameters: table 6 of the paper, option A


@pytest.mark.parametrize("depth", PAPER)
def test_parameters_are_the_papers_and_a_plain_network_has_the_same(
    depth: int, costs: Callable[..., tuple[int, int]]
) -> None:
    residual = costs(lambda: SmallResNet(10, depth=depth, shortcuts="pad"), (3, 32, 32))
    plain = costs(lambda: SmallResNet(10, depth=depth, residual=False), (3, 32, 32))
    assert residual == plain
    assert round(residual[0] / 1e6, len(str(PAPER[depth])) - 2) == PAPER[depth]


@pytest.mark.parametrize(("depth", "millions"), [(20, (0.27, 40.8)), (56, (0.86, 125.7))])
def test_costs_with_projections(
    depth: int, millions: tuple[float, float], costs: Callable[..., tuple[int, int]]
) -> None:
    parameters, macs = costs(lambda: SmallResNet(10, depth=depth), (3, 32, 32))
    assert (round(parameters / 1e6, 2), round(macs / 1e6, 1)) == millions


@pytest.mark.parametrize("residual", [True, False])
def test_depth_counts_the_layers_with_weights(residual: bool) -> None:
    network = SmallResNet(10, depth=44, residual=residual, shortcuts="pad")
    assert sum(isinstance(module, nn.Conv2d | nn.Linear) for module in network.modules()) == 44


def test_a_block_starts_as_its_shortcut_and_a_plain_one_does_not() -> None:
    x = torch.randn(2, 16, 5, 5)
    residual, plain = SmallResNet(10).stages[1], SmallResNet(10, residual=False).stages[1]
    assert torch.equal(residual(x), F.relu(x))
    assert not torch.equal(plain(x), F.relu(x))
    assert plain(x).any()


def test_a_plain_block_is_a_residual_one_less_its_shortcut() -> None:
    torch.manual_seed(0)
    block = Block(4, 4, 1, nn.Identity(), drop=0.0).eval()
    plain = Block(4, 4, 1, None, drop=0.0).eval()
    plain.load_state_dict(block.state_dict())
    x = 10 + torch.rand(2, 4, 5, 5)  # so large that no sum is cut at zero
    torch.testing.assert_close(plain(x), F.relu(block(x) - x), atol=1e-5, rtol=1e-5)


def test_padding_takes_every_second_point_and_adds_zeros() -> None:
    block = SmallResNet(10, shortcuts="pad").stages[3]
    x = torch.rand(2, 16, 6, 6)
    out = block(x)
    assert out.shape == (2, 32, 3, 3)
    assert torch.equal(out[:, :16], x[:, :, ::2, ::2])
    assert not out[:, 16:].any()


@pytest.mark.parametrize("settings", [{}, {"residual": False}, {"depth": 110, "zero_init": False}], ids=str)
def test_first_loss_is_ln_k(settings: dict[str, Any]) -> None:
    torch.manual_seed(0)
    loss = F.cross_entropy(SmallResNet(10, **settings)(torch.randn(20, 3, 32, 32)), torch.arange(20) % 10)
    assert loss.item() == pytest.approx(math.log(10), rel=0.05)


@pytest.mark.parametrize("settings", [{"stochastic_depth": 0.5}, {"shortcuts": "pad"}, {"residual": False}], ids=str)
def test_every_parameter_gets_a_gradient_from_the_second_step_on(settings: dict[str, Any]) -> None:
    torch.manual_seed(0)
    network = SmallResNet(5, 1, **settings)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        F.cross_entropy(network(torch.randn(10, 1, 12, 12)), torch.arange(10) % 5).backward()
        optimizer.step()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("size", [(1, 1), (33, 47)])
def test_any_size_will_do(size: tuple[int, int]) -> None:
    assert SmallResNet(3, 1, width=4).eval()(torch.randn(2, 1, *size)).shape == (2, 3)


def test_drops_grow_linearly_and_evaluation_knows_nothing_of_them() -> None:
    network = SmallResNet(3, width=4, depth=20, stochastic_depth=0.6, zero_init=False)
    shares = [module.share for module in network.modules() if isinstance(module, DropBranch)]
    assert shares == pytest.approx([0.6 * i / 9 for i in range(1, 10)])
    always = SmallResNet(3, width=4, depth=20)
    always.load_state_dict(network.state_dict())
    x = torch.randn(2, 3, 16, 16)
    assert torch.equal(network.eval()(x), always.eval()(x))
    assert not torch.equal(network.train()(x), always.train()(x))
    torch.manual_seed(0)
    drop, ones = DropBranch(0.25), torch.ones(40_000, 1, 1, 1)
    assert drop.train()(ones).mean().item() == pytest.approx(1, abs=0.02)  # 7 standard errors


def test_the_seed_settles_weights_and_drops() -> None:
    def outputs() -> torch.Tensor:
        torch.manual_seed(4)
        return SmallResNet(3, width=4, stochastic_depth=0.5)(torch.ones(2, 3, 16, 16))

    assert torch.equal(outputs(), outputs())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"depth": 18}, r"6n \+ 2.*18"),
        ({"depth": 2}, r"6n \+ 2.*2"),
        ({"shortcuts": "none"}, "project, pad"),
        ({"stochastic_depth": 1.0}, "share"),
        ({"stochastic_depth": 0.5, "residual": False}, "plain"),
    ],
)
def test_what_cannot_be_is_refused_with_words(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SmallResNet(3, width=4, **wrong)


def test_exported_it_answers_the_same(
    expect_same_when_exported: Callable[[nn.Module, tuple[int, int, int]], None],
) -> None:
    torch.manual_seed(0)
    network = SmallResNet(3, width=4, depth=8, shortcuts="pad", stochastic_depth=0.5, zero_init=False)
    network(torch.randn(16, 3, 16, 16))  # statistics other than the start's
    expect_same_when_exported(network, (3, 16, 16))
