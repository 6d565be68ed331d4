"""Resize: PIL's own pixels, within one level."""

import numpy as np
import pytest
import torch
from PIL import Image

from penjing.models.resize import Resize


@pytest.mark.parametrize("size", [(8, 8), (5, 7), (31, 17), (100, 3), (1, 1)])
@pytest.mark.parametrize("target", [(8, 8), (13, 6)])
def test_equals_pil_within_one_level(size: tuple[int, int], target: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
    expected = np.asarray(Image.fromarray(picture).resize(target[::-1], Image.Resampling.BILINEAR)).astype(int)
    resized = Resize(*target)(torch.from_numpy(picture)[None, None].float())
    assert np.abs(resized[0, 0].numpy() - expected).max() <= 1


def test_its_own_size_is_left_alone() -> None:
    x = torch.randint(0, 256, (2, 3, 9, 6)).float()
    assert torch.equal(Resize(9, 6)(x), x)
