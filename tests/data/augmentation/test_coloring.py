"""Colors: torchvision's functions where one factor is drawn alone, and where no pixel saturates all three."""

from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor

from penjing.data.augmentation.coloring import draw_factors, recolor

NAMES = ("brightness", "contrast", "saturation")


@pytest.fixture
def x(pictures: np.ndarray) -> Tensor:
    """Sixteen pictures of noise, (B, 3, H, W) float32."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float()


def factors(**given: float) -> Tensor:
    """The same for sixteen pictures, (3, 16)."""
    return torch.tensor([[given.get(name, 1.0)] for name in NAMES]).expand(3, 16)


@pytest.mark.parametrize("factor", [0.2, 0.9, 1.7])
@pytest.mark.parametrize("name", NAMES)
def test_one_alone_is_torchvision_s(torchvision: ModuleType, x: Tensor, name: str, factor: float) -> None:
    expected = 255 * getattr(torchvision, f"adjust_{name}")(x / 255, factor)
    torch.testing.assert_close(recolor(x, factors(**{name: factor})), expected, atol=0.05, rtol=0)


def test_all_together_are_torchvision_s_where_no_pixel_is_clamped(torchvision: ModuleType, x: Tensor) -> None:
    x, own = 90 + x / 5, {"saturation": 1.3, "contrast": 0.7, "brightness": 1.2}  # 90 to 141
    expected = x / 255
    for name, factor in own.items():
        expected = getattr(torchvision, f"adjust_{name}")(expected, factor)
    torch.testing.assert_close(recolor(x, factors(**own)), 255 * expected, atol=0.05, rtol=0)


def test_brightness_multiplies_and_stays_a_color(x: Tensor) -> None:
    own = torch.ones(3, 16)
    own[0] = torch.linspace(0.5, 1.5, 16)  # each picture has its own
    torch.testing.assert_close(recolor(x, own), (x * own[0].view(-1, 1, 1, 1)).clamp(0, 255))


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_grey_pictures_have_no_saturation(x: Tensor, channels: int) -> None:
    grey = x[:, :1].expand(-1, channels, -1, -1)
    torch.testing.assert_close(recolor(grey, factors(saturation=1.9)), grey, atol=1e-3, rtol=0)


@pytest.mark.parametrize("channels", [1, 3])
def test_contrast_leaves_the_mean_and_scales_the_spread(x: Tensor, channels: int) -> None:
    grey = 100 + x[:, :1].expand(-1, channels, -1, -1) / 5
    moved = recolor(grey, factors(contrast=1.5))
    torch.testing.assert_close(moved.mean(dim=(1, 2, 3)), grey.mean(dim=(1, 2, 3)), atol=0.05, rtol=0)
    torch.testing.assert_close(moved.std(dim=(1, 2, 3)), 1.5 * grey.std(dim=(1, 2, 3)), atol=0.05, rtol=0)


def test_factors_fill_their_ranges() -> None:
    drawn = draw_factors(np.random.default_rng(0), 5000, brightness=0.1, contrast=0.4, saturation=0)
    assert drawn.amin(dim=1).tolist() == pytest.approx([0.9, 0.6, 1.0], abs=1e-3)
    assert drawn.amax(dim=1).tolist() == pytest.approx([1.1, 1.4, 1.0], abs=1e-3)
