"""What a mixed picture holds of two is what its weight says; torchvision's v2 mixes the same, given the same draws."""

import importlib
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from penjing.data.augmentation.mixing import Mixed, cutmix, mixup
from penjing.tasks.pictures import MixedPictures

CLASSES = 7


def flat(count: int) -> torch.Tensor:
    """Picture i is i all over."""
    return torch.arange(count, dtype=torch.float32).view(-1, 1, 1, 1).expand(count, 3, 10, 12).contiguous()


def test_mixup_is_the_weighted_sum() -> None:
    mixed = mixup(flat(50), np.random.default_rng(0), 0.4)
    expected = mixed.weight * torch.arange(50) + (1 - mixed.weight) * mixed.partner
    torch.testing.assert_close(mixed.x, expected.view(-1, 1, 1, 1).expand(50, 3, 10, 12))
    assert sorted(mixed.partner.tolist()) == list(range(50))


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_weights_of_mixup_are_beta_s(alpha: float) -> None:
    """Mean 1/2, variance 1 / (4 (2 alpha + 1))."""
    weight = mixup(torch.zeros(20_000, 1, 1, 1), np.random.default_rng(0), alpha).weight
    assert weight.mean().item() == pytest.approx(0.5, abs=0.01)
    assert weight.var().item() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.03)


def test_cutmix_keeps_the_share_of_pixels_that_its_weight_says() -> None:
    x = flat(50)
    mixed = cutmix(x, np.random.default_rng(0), 1.0)
    own, other = mixed.x == x, mixed.x == x[mixed.partner]
    assert (own | other).all()
    elsewhere = mixed.partner != torch.arange(50)
    torch.testing.assert_close(own.float().mean(dim=(1, 2, 3))[elsewhere], mixed.weight[elsewhere])
    assert mixed.weight.min() < 0.5 < mixed.weight.max()
    assert torch.equal(x, flat(50))


def test_cutmix_puts_the_partner_s_pixels_where_they_were() -> None:
    x = torch.rand(20, 1, 10, 12)
    mixed = cutmix(x, np.random.default_rng(3), 1.0)
    assert ((mixed.x == x) | (mixed.x == x[mixed.partner])).all()


@pytest.fixture
def v2(torchvision: ModuleType) -> ModuleType:
    """The transforms as modules; the argument sees to it that torchvision can be imported."""
    return importlib.import_module("torchvision.transforms.v2")


def by_torchvision(
    transform: Any, x: Tensor, y: Tensor, mixed: Mixed, params: list[dict[str, Any]]
) -> tuple[Tensor, Tensor]:
    """Its loss of each picture, (B,), and the random logits (B, K) that it is of; its pictures are ours.

    It mixes each picture with the one before it in the batch, so each of ours is given to it in a batch of two.
    """
    logits = torch.randn(len(x), CLASSES, generator=torch.Generator().manual_seed(0))
    losses = []
    for i, (j, drawn) in enumerate(zip(mixed.partner.tolist(), params, strict=True)):
        pair, labels = x[[i, j]], y[[i, j]]
        drawn |= {"batch_size": 2, "labels": labels}
        torch.testing.assert_close(transform.transform(pair, drawn)[0], mixed.x[i])
        losses.append(F.cross_entropy(logits[i], transform.transform(labels, drawn)[0]))
    return torch.stack(losses), logits


def expect_its_loss(theirs: Tensor, logits: Tensor, y: Tensor, mixed: Mixed) -> None:
    batch = MixedPictures(mixed.x, y, y[mixed.partner], mixed.weight, 1 - mixed.weight)
    ours = batch.mean(lambda labels: F.cross_entropy(logits, labels, reduction="none"))
    torch.testing.assert_close(ours, theirs.mean())


def test_mixup_is_torchvisions(v2: ModuleType) -> None:
    x, y = torch.rand(12, 3, 10, 12), torch.arange(12) % CLASSES
    mixed = mixup(x, np.random.default_rng(1), 0.4)
    params = [{"lam": weight} for weight in mixed.weight.tolist()]
    theirs, logits = by_torchvision(v2.MixUp(num_classes=CLASSES), x, y, mixed, params)
    expect_its_loss(theirs, logits, y, mixed)


def test_cutmix_is_torchvisions(v2: ModuleType) -> None:
    x, y = torch.rand(12, 3, 10, 12), torch.arange(12) % CLASSES
    mixed = cutmix(x, np.random.default_rng(1), 1.0)
    params = []
    for changed, weight in zip((mixed.x != x).any(dim=1), mixed.weight.tolist(), strict=True):
        rows, columns = (torch.where(changed.any(dim=axis))[0].tolist() or [0, -1] for axis in (1, 0))
        params.append({"box": (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1), "lam_adjusted": weight})
    theirs, logits = by_torchvision(v2.CutMix(num_classes=CLASSES), x, y, mixed, params)
    expect_its_loss(theirs, logits, y, mixed)


def test_cutmix_cuts_as_much_as_torchvision(v2: ModuleType) -> None:
    """What is kept has the same distribution, at the borders too; torchvision rounds down by up to two pixels."""
    torch.manual_seed(0)
    x = torch.zeros(2000, 1, 80, 120)
    transform = v2.CutMix(alpha=1.0, num_classes=2)
    theirs = [transform.make_params([x[:1]])["lam_adjusted"] for _ in range(2000)]
    ours = cutmix(x, np.random.default_rng(0), 1.0).weight.numpy()
    levels = [0.1, 0.25, 0.5, 0.75, 0.9]
    np.testing.assert_allclose(np.quantile(ours, levels), np.quantile(theirs, levels), atol=0.03)
