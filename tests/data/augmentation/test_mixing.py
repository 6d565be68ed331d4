"""What a mixed picture holds of two is what its weight says."""

import numpy as np
import pytest
import torch

from penjing.data.augmentation.mixing import cutmix, mixup


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
