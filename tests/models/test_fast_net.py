"""The fast network: its stem by the definition of whitening, its start by that of the identity."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from penjing.models.fast_net import FastNet, identity_conv, patch_covariance, whiten


def blurred(channels: int, count: int = 512, side: int = 16) -> Tensor:
    """Pictures whose neighbouring pixels are alike, as a photograph's are; normalized."""
    noise = torch.randn(count, channels, side + 2, side + 2, generator=torch.Generator().manual_seed(0))
    smooth = F.avg_pool2d(noise, 3, stride=1)
    return (smooth - smooth.mean()) / smooth.std()


def small(**settings: object) -> FastNet:
    """A network that costs little; the same weights at every call."""
    torch.manual_seed(0)
    return FastNet(10, **({"channels": 3, "widths": (8, 16, 16)} | settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("channels", [1, 3])
def test_the_stem_gives_uncorrelated_numbers_of_spread_one(channels: int) -> None:
    pictures = blurred(channels)
    network = small(channels=channels)
    whiten(network, patch_covariance(pictures), epsilon=0.0)
    outputs = network.stem(pictures)[:, : 4 * channels].transpose(0, 1).flatten(1)
    moments = outputs @ outputs.T / outputs.shape[1]
    torch.testing.assert_close(moments, torch.eye(4 * channels), atol=1e-3, rtol=0)


def test_each_filter_of_the_stem_has_its_negative() -> None:
    positive, negative = small(covariance=patch_covariance(blurred(3))).stem.weight.chunk(2)
    assert torch.equal(positive, -negative)


def test_epsilon_keeps_directions_without_content_small() -> None:
    grey = blurred(1).expand(-1, 3, -1, -1)  # no color in three channels: 8 of 12 directions are empty
    network = small(covariance=patch_covariance(grey))
    assert network.stem.weight.abs().max().item() <= 1 / math.sqrt(5e-4)
    assert torch.isfinite(network.stem.weight).all()


def test_patch_covariance_by_plain_loops() -> None:
    pictures = blurred(2, count=3, side=4)
    patches = [pictures[n, :, i : i + 2, j : j + 2].flatten() for n in range(3) for i in range(3) for j in range(3)]
    expected = sum(torch.outer(patch, patch) for patch in patches) / len(patches)
    torch.testing.assert_close(patch_covariance(pictures), expected)


@pytest.mark.parametrize(("c_in", "c_out"), [(6, 6), (6, 9), (9, 6)], ids=["same", "wider", "narrower"])
def test_convolutions_start_with_the_identity(c_in: int, c_out: int) -> None:
    x = torch.randn(2, c_in, 5, 5)
    kept = min(c_in, c_out)
    torch.testing.assert_close(identity_conv(c_in, c_out)(x)[:, :kept], x[:, :kept])


def test_first_loss_is_that_of_a_uniform_guess() -> None:
    torch.manual_seed(0)
    pictures = blurred(3, count=128, side=32)
    network = FastNet(10, widths=(32, 64, 128), covariance=patch_covariance(pictures))
    loss = F.cross_entropy(network(pictures), torch.randint(0, 10, (128,)))
    assert loss.item() == pytest.approx(math.log(10), rel=0.05)


def test_gradient_reaches_all_that_is_trainable_and_the_stem_stays() -> None:
    network = small()
    F.cross_entropy(network(torch.randn(32, 3, 32, 32)), torch.arange(32) % 10).backward()
    trainable = {name: p for name, p in network.named_parameters() if p.requires_grad}
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in trainable.values())
    fixed = {name for name, _ in network.named_parameters()} - set(trainable)
    assert {name for name in fixed if not name.startswith("groups")} == {"stem.weight"}
    assert all(".norms." in name and name.endswith("weight") for name in fixed - {"stem.weight"})


def test_a_seed_fixes_the_weights() -> None:
    left, right = small().state_dict(), small().state_dict()
    assert all(torch.equal(left[name], right[name]) for name in left)


def test_the_stem_travels_with_the_weights() -> None:
    whitened = small(covariance=patch_covariance(blurred(3)))
    copy = small()
    copy.load_state_dict(whitened.state_dict())
    assert torch.equal(copy.stem.weight, whitened.stem.weight)


@pytest.mark.parametrize("size", [(32, 32), (28, 28), (64, 48), (8, 8), (2, 2), (9, 31)])
def test_takes_any_size_of_two_pixels_or_more(size: tuple[int, int]) -> None:
    assert small().eval()(torch.randn(2, 3, *size)).shape == (2, 10)


def test_cost_is_that_of_the_paper(
    costs: Callable[[Callable[[], nn.Module], tuple[int, int, int]], tuple[int, int]],
) -> None:
    parameters, multiply_adds = costs(lambda: FastNet(10, widths=(64, 256, 256)), (3, 32, 32))
    convolutions = 9 * (24 * 64 + 64 * 64 + 64 * 256 + 3 * 256 * 256)
    assert parameters == 24 * 12 + convolutions + 2 * 2 * (64 + 256 + 256) + 2560  # the paper's 1.97 million
    assert multiply_adds == pytest.approx(118e6, rel=0.01)


def test_export_gives_the_same_answers(
    expect_same_when_exported: Callable[[nn.Module, tuple[int, int, int]], None],
) -> None:
    expect_same_when_exported(small(covariance=patch_covariance(blurred(3))), (3, 28, 28))
