"""What a person sees of one example and its answer: an SVG that needs nothing from outside, or text. No torch."""

import base64
import io
from collections.abc import Sequence
from html import escape

import msgspec
import numpy as np
from PIL import Image


class Drawing(msgspec.Struct, frozen=True):
    """One example as a report shows it."""

    svg: str  # a whole <svg> element; colors by the classes `good`, `bad` and `ink`, which the page defines
    caption: str
    right: bool | None = None  # None where an answer is not simply right or wrong
    verdict: str = ""  # said in place of "right" or "wrong", such as how far off a number is


class Box(msgspec.Struct, frozen=True):
    """A box on a picture: corners in pixels, a word, and whether it is good news."""

    xyxy: tuple[float, float, float, float]
    label: str
    good: bool = True


def picture_svg(picture: np.ndarray, boxes: Sequence[Box] = (), *, width: int = 96) -> str:
    """A picture (H, W, C) uint8 with boxes, drawn `width` CSS pixels wide, its pixels kept sharp."""
    height_px, width_px = picture.shape[:2]
    file = io.BytesIO()
    Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture).save(file, "PNG", optimize=True)
    data = base64.b64encode(file.getvalue()).decode()
    shapes = "".join(_box_svg(box, stroke=width_px / width * 1.5) for box in boxes)
    return (
        f'<svg viewBox="0 0 {width_px} {height_px}" width="{width}" role="img">'
        f'<image href="data:image/png;base64,{data}" width="{width_px}" height="{height_px}" '
        f'style="image-rendering:pixelated"/>{shapes}</svg>'
    )


def text_svg(lines: Sequence[str]) -> str:
    """Lines of text in a fixed pitch, 40 letters wide."""
    rows = "".join(f'<text x="0" y="{14 + 18 * i}" class="ink">{escape(line)}</text>' for i, line in enumerate(lines))
    width, height = 320, 18 * len(lines) + 4
    font = 'font-family="monospace" font-size="13"'
    return f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" {font}>{rows}</svg>'


def _box_svg(box: Box, *, stroke: float) -> str:
    x1, y1, x2, y2 = box.xyxy
    tone = "good" if box.good else "bad"
    return (
        f'<rect x="{x1:.1f}" y="{y1:.1f}" width="{x2 - x1:.1f}" height="{y2 - y1:.1f}" fill="none" '
        f'class="{tone}-line" stroke-width="{stroke:.2f}"/>'
        f'<text x="{x1:.1f}" y="{max(y1 - stroke, 5 * stroke):.1f}" class="{tone}" font-size="{7 * stroke:.1f}">'
        f"{escape(box.label)}</text>"
    )
