"""A picture and its map side by side, as a PNG: red moved the answer's logit up, blue down, white did nothing."""

import io

import numpy as np
from PIL import Image

RED, BLUE = np.array([0.80, 0.15, 0.10]), np.array([0.10, 0.35, 0.80])
HEIGHT = 256  # pixels of the drawing, at least


def side_by_side(picture: np.ndarray, map: np.ndarray) -> bytes:
    """Draw a map beside the picture that it explains, every pixel kept sharp.

    Args:
        picture: (H, W, C) uint8, grey or RGB, as the network sees it.
        map: (H, W) floats; the strongest pixel gets the full color.

    Returns:
        The content of a PNG file.
    """
    rgb = np.broadcast_to(picture, (*picture.shape[:2], 3))
    gap = np.full((len(rgb), max(rgb.shape[1] // 16, 1), 3), 255, dtype=np.uint8)
    drawing = np.concatenate([rgb, gap, colored(map)], axis=1)
    zoom = -(-HEIGHT // len(drawing))
    file = io.BytesIO()
    Image.fromarray(drawing.repeat(zoom, axis=0).repeat(zoom, axis=1)).save(file, "PNG", optimize=True)
    return file.getvalue()


def colored(map: np.ndarray) -> np.ndarray:
    """(H, W) floats to (H, W, 3) uint8, white at 0, red above and blue below."""
    strength = map / max(float(np.abs(map).max()), 1e-12)
    color = np.where(strength[..., None] > 0, RED, BLUE)
    return np.rint(255 * (1 - np.abs(strength)[..., None] * (1 - color))).astype(np.uint8)
