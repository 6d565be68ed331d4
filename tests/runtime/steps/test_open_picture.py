"""Pictures: 16 bits become 8 by scale, the transparent becomes paper, and what is no picture is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from penjing.findings import PenjingError
from penjing.runtime.steps.open_picture import OpenPicture

GREY, COLOUR = OpenPicture("L"), OpenPicture("RGB")
WIDE = np.array([[0, 257, 128 * 257, 65535], [128, 129, 200, 65407]], np.uint16)  # 65407 / 257 = 254.502
SCALED = [[0, 1, 128, 255], [0, 1, 1, 255]]


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_16_bits_are_scaled_to_8(tmp_path: Path, name: str) -> None:
    Image.fromarray(WIDE).save(tmp_path / name)
    assert GREY.open(tmp_path / name)[:, :, 0].tolist() == SCALED
    assert COLOUR.open(tmp_path / name)[:, :, 2].tolist() == SCALED


def test_16_bits_in_32_or_in_the_other_order_are_scaled_alike() -> None:
    assert GREY.open(Image.fromarray(WIDE.astype(np.int32)))[:, :, 0].tolist() == SCALED
    other = Image.frombytes("I;16B", (4, 2), WIDE.astype(">u2").tobytes())
    assert GREY.open(other)[:, :, 0].tolist() == SCALED


PAPER = Image.new("RGBA", (2, 1), (0, 0, 0, 0))  # transparent black, beside
PAPER.putpixel((1, 0), (51, 0, 255, 102))  # two fifths of a colour


def test_the_transparent_becomes_white_paper(tmp_path: Path) -> None:
    PAPER.save(tmp_path / "a.png")
    expected = [[[255, 255, 255], [173, 153, 255]]]  # 0.4 * colour + 0.6 * 255
    assert COLOUR.open(tmp_path / "a.png").tolist() == expected
    assert COLOUR.open(np.asarray(PAPER)).tolist() == expected


@pytest.mark.parametrize("mode", ["LA", "PA", "P"])
def test_transparency_of_any_mode_becomes_white_paper(tmp_path: Path, mode: str) -> None:
    drawn = Image.new("LA", (2, 1), (0, 0))
    drawn.putpixel((1, 0), (0, 255))  # black ink
    if mode == "P":
        palette = Image.new("P", (2, 1), 0)
        palette.putpalette([0, 0, 0, 0, 0, 0])  # both black; the first is transparent
        palette.putpixel((1, 0), 1)
        palette.save(tmp_path / "a.png", transparency=0)
        picture: Any = tmp_path / "a.png"
    else:
        picture = drawn.convert("RGBA").convert(mode) if mode == "PA" else drawn
    assert GREY.open(picture)[:, :, 0].tolist() == [[255, 0]]


def test_a_colour_that_stands_for_transparent_becomes_white_paper(tmp_path: Path) -> None:
    Image.fromarray(np.array([[7, 8]], np.uint8)).save(tmp_path / "a.png", transparency=7)
    assert GREY.open(tmp_path / "a.png")[:, :, 0].tolist() == [[255, 8]]


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        b"x",
        [[0, 1]],
        "x" * 5000,
        np.zeros((2, 2), np.uint16),
        Image.new("F", (2, 2)),
        Image.new("I", (2, 2), 65536),
        Image.new("I", (2, 2), -1),
        Image.new("LAB", (2, 2)),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_picture_is_refused(value: Any) -> None:
    with pytest.raises(PenjingError) as caught:
        GREY.open(value)
    assert caught.value.finding.rule == "not-a-picture"


def test_a_refused_file_is_named(tmp_path: Path) -> None:
    Image.new("F", (2, 2)).save(tmp_path / "a.tif")
    with pytest.raises(PenjingError) as caught:
        GREY.open(tmp_path / "a.tif")
    assert caught.value.finding.where == str(tmp_path / "a.tif")
