"""Mean and spread of pixels, against numpy's."""

from pathlib import Path

import numpy as np
import pytest

from penjing.data.statistics import CHUNK, mean_and_spread


@pytest.mark.parametrize("channels", [1, 3])
def test_mean_and_spread_are_numpys(channels: int) -> None:
    pictures = np.random.default_rng(0).integers(0, 200, (2 * CHUNK + 7, 5, 4, channels), dtype=np.uint8)
    mean, spread = mean_and_spread(pictures)
    assert mean == pytest.approx((pictures / 255).mean(axis=(0, 1, 2)).tolist())
    assert spread == pytest.approx((pictures / 255).std(axis=(0, 1, 2)).tolist())


def test_of_pictures_without_contrast_the_spread_is_not_zero() -> None:
    assert mean_and_spread(np.full((3, 2, 2, 1), 51, np.uint8)) == (pytest.approx((0.2,)), (1e-6,))


def test_a_memory_map_gives_what_an_array_gives(tmp_path: Path) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (CHUNK + 1, 3, 3, 3), dtype=np.uint8)
    np.save(tmp_path / "a.npy", pictures)
    assert mean_and_spread(np.load(tmp_path / "a.npy", mmap_mode="r")) == mean_and_spread(pictures)
