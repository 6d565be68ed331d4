"""The drawing says what the map says."""

import io

import numpy as np
from PIL import Image

from penjing.explanation.drawing import BLUE, HEIGHT, RED, colored, side_by_side


def test_color_follows_sign_and_strength() -> None:
    colors = colored(np.array([[0.0, 2.0, -2.0, 1.0]])) / 255
    assert np.allclose(colors[0, 0], 1)
    assert np.allclose(colors[0, 1], RED, atol=1 / 255)
    assert np.allclose(colors[0, 2], BLUE, atol=1 / 255)
    assert np.allclose(colors[0, 3], (1 + RED) / 2, atol=1 / 255)
    assert np.all(colored(np.zeros((2, 2))) == 255)


def test_picture_and_map_stand_side_by_side_with_sharp_pixels() -> None:
    picture = np.array([[[0], [255]], [[128], [64]]], dtype=np.uint8)
    drawn = np.asarray(Image.open(io.BytesIO(side_by_side(picture, np.array([[1.0, 0.0], [0.0, -1.0]])))))
    zoom = HEIGHT // 2
    assert drawn.shape == (HEIGHT, 5 * zoom, 3)  # two pixels, a gap of one, two pixels
    assert np.array_equal(drawn[::zoom, : 2 * zoom : zoom, 0], picture[:, :, 0])
    assert np.allclose(drawn[0, 3 * zoom], 255 * RED, atol=1)
