"""ResNet: torchvision's outputs from torchvision's weights, published costs, and how it starts."""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from penjing.compression.fold import fold_batch_norm
from penjing.models.resnet import DEPTHS, BasicBlock, Bottleneck, DropBranch, ResNet, stem_for

PUBLISHED = {  # parameters, and multiply-adds at 224 pixels in millions: the tables of torchvision's models
    18: (11_689_512, 1_814),
    34: (21_797_672, 3_664),
    50: (25_557_032, 4_089),
    101: (44_549_160, 7_801),
    152: (60_192_808, 11_514),
}


@pytest.mark.parametrize("depth", DEPTHS)
def test_names_and_shapes_of_weights_are_torchvisions(
    depth: int, shapes: Callable[..., dict[str, Any]], torchvision_models: ModuleType
) -> None:
    theirs = shapes(getattr(torchvision_models, f"resnet{depth}"))
    assert shapes(lambda: ResNet(1000, depth=depth)) == theirs


@pytest.mark.parametrize("depth", DEPTHS)
def test_torchvisions_weights_give_torchvisions_outputs_exactly(
    depth: int, random_torchvision: Callable[[str], nn.Module]
) -> None:
    theirs = random_torchvision(f"resnet{depth}")
    with torch.device("meta"):
        ours = ResNet(1000, depth=depth).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True, assign=True)
    x = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        expected = theirs(x)
        assert torch.equal(ours(x), expected)
    assert 0.01 < expected.std() < math.inf


@pytest.mark.parametrize("depth", DEPTHS)
def test_costs_are_the_published_ones(depth: int, costs: Callable[..., tuple[int, int]]) -> None:
    parameters, macs = costs(lambda: ResNet(1000, depth=depth), (3, 224, 224))
    assert (parameters, round(macs / 1e6)) == PUBLISHED[depth]


@pytest.mark.parametrize("depth", [18, 50])
def test_a_block_starts_as_its_shortcut(depth: int) -> None:
    network = ResNet(5, depth=depth, width=8)
    block = network.layer2[1]
    assert isinstance(block, BasicBlock | Bottleneck)
    x = torch.randn(2, 16 * block.expansion, 6, 6)
    assert torch.equal(block(x), F.relu(x))


@pytest.mark.parametrize("zero_init", [True, False])
@pytest.mark.parametrize("depth", [18, 50])
def test_first_loss_is_ln_k(depth: int, zero_init: bool) -> None:
    torch.manual_seed(0)
    logits = ResNet(10, depth=depth, width=32, zero_init=zero_init)(torch.randn(16, 3, 64, 64))
    loss = F.cross_entropy(logits, torch.arange(16) % 10)
    assert loss.item() == pytest.approx(math.log(10), rel=0.05)


@pytest.mark.parametrize("depth", [18, 50])
def test_every_parameter_gets_a_gradient_from_the_second_step_on(depth: int) -> None:
    torch.manual_seed(0)
    network = ResNet(5, 1, depth=depth, width=8, stem="small", stochastic_depth=0.3)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        F.cross_entropy(network(torch.randn(8, 1, 16, 16)), torch.arange(8) % 5).backward()
        optimizer.step()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize(("stem", "divisor"), [("large", 32), ("small", 8)])
def test_the_small_stem_keeps_a_small_picture(stem: Any, divisor: int) -> None:
    network, seen = ResNet(3, width=8, stem=stem).eval(), []
    network.layer4.register_forward_hook(lambda module, given, result: seen.append(result.shape))
    assert network(torch.randn(1, 3, 64, 96)).shape == (1, 3)
    assert seen == [(1, 64, 64 // divisor, 96 // divisor)]


def test_the_stem_is_chosen_by_the_shorter_side() -> None:
    assert [stem_for(*size) for size in [(32, 32), (63, 200), (64, 64), (224, 224)]] == ["small"] * 2 + ["large"] * 2


@pytest.mark.parametrize("size", [(1, 1), (33, 47)])
@pytest.mark.parametrize("stem", ["large", "small"])
def test_any_size_will_do(size: tuple[int, int], stem: Any) -> None:
    assert ResNet(3, 1, width=4, stem=stem).eval()(torch.randn(2, 1, *size)).shape == (2, 3)


def test_the_share_of_dropped_branches_grows_linearly() -> None:
    network = ResNet(3, depth=34, width=4, stochastic_depth=0.5)
    shares = [module.share for module in network.modules() if isinstance(module, DropBranch)]
    assert shares == pytest.approx([0.5 * i / 16 for i in range(1, 17)])


def test_dropping_branches_changes_nothing_in_evaluation_and_no_mean_in_training() -> None:
    torch.manual_seed(0)
    drop, x = DropBranch(0.25), torch.ones(40_000, 2, 1, 1)
    dropped = drop.train()(x)
    assert dropped.unique().tolist() == pytest.approx([0, 4 / 3])
    assert torch.equal(dropped[:, 0], dropped[:, 1])  # a picture's branch goes as a whole
    assert dropped.mean().item() == pytest.approx(1, abs=0.02)  # 7 standard errors
    assert drop.eval()(x) is x
    network = ResNet(3, width=4, stochastic_depth=0.9, zero_init=False).eval()
    always = ResNet(3, width=4).eval()
    always.load_state_dict(network.state_dict())
    picture = torch.randn(2, 3, 32, 32)
    assert torch.equal(network(picture), always(picture))
    assert not torch.equal(network.train()(picture), always.train()(picture))


def test_the_seed_settles_weights_and_drops() -> None:
    def outputs() -> torch.Tensor:
        torch.manual_seed(4)
        return ResNet(3, width=4, stochastic_depth=0.5)(torch.ones(2, 3, 32, 32))

    assert torch.equal(outputs(), outputs())


@pytest.mark.parametrize(
    "wrong", [{"depth": 20}, {"stem": "medium"}, {"stochastic_depth": 1.0}, {"stochastic_depth": -0.1}]
)
def test_what_cannot_be_is_refused_with_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(wrong.values())))):
        ResNet(3, width=4, **wrong)


def test_exported_and_folded_it_answers_the_same(
    expect_same_when_exported: Callable[[nn.Module, tuple[int, int, int]], None],
) -> None:
    torch.manual_seed(0)
    network = ResNet(3, width=4, stochastic_depth=0.5, zero_init=False)
    network(torch.randn(16, 3, 32, 32))  # statistics other than the start's
    expect_same_when_exported(network, (3, 32, 32))
    folded, x = fold_batch_norm(network.eval()), torch.randn(2, 3, 32, 32)
    assert [name for name, module in folded.named_modules() if isinstance(module, nn.BatchNorm2d)] == []
    torch.testing.assert_close(folded(x), network(x), atol=1e-5, rtol=1e-4)
