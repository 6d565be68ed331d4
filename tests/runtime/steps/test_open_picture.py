"""Pictures: 16 bits become 8 by scale, the transparent becomes paper, and what is no picture is refused."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile, JpegImagePlugin

from penjing.findings import PenjingError
from penjing.runtime.steps.open_picture import OpenPicture

GREY, COLOR = OpenPicture("L"), OpenPicture("RGB")
WIDE = np.array([[0, 257, 128 * 257, 65535], [128, 129, 200, 65407]], np.uint16)  # 65407 / 257 = 254.502
SCALED = [[0, 1, 128, 255], [0, 1, 1, 255]]


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_16_bits_are_scaled_to_8(tmp_path: Path, name: str) -> None:
    Image.fromarray(WIDE).save(tmp_path / name)
    assert GREY.open(tmp_path / name)[:, :, 0].tolist() == SCALED
    assert COLOR.open(tmp_path / name)[:, :, 2].tolist() == SCALED


def test_16_bits_in_32_or_in_the_other_order_are_scaled_alike() -> None:
    assert GREY.open(Image.fromarray(WIDE.astype(np.int32)))[:, :, 0].tolist() == SCALED
    other = Image.frombytes("I;16B", (4, 2), WIDE.astype(">u2").tobytes())
    assert GREY.open(other)[:, :, 0].tolist() == SCALED


PAPER = Image.new("RGBA", (2, 1), (0, 0, 0, 0))  # transparent black, beside
PAPER.putpixel((1, 0), (51, 0, 255, 102))  # two fifths of a color


def test_the_transparent_becomes_white_paper(tmp_path: Path) -> None:
    PAPER.save(tmp_path / "a.png")
    expected = [[[255, 255, 255], [173, 153, 255]]]  # 0.4 * color + 0.6 * 255
    assert COLOR.open(tmp_path / "a.png").tolist() == expected
    assert COLOR.open(np.asarray(PAPER)).tolist() == expected


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


def test_a_color_that_stands_for_transparent_becomes_white_paper(tmp_path: Path) -> None:
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
        np.zeros((0, 0, 1), np.uint8),
        np.zeros((3, 0), np.uint8),
        Image.new("L", (0, 3)),
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


def test_a_folder_is_not_said_to_be_a_damaged_picture(tmp_path: Path) -> None:
    with pytest.raises(PenjingError, match="it is a folder") as caught:
        GREY.open(tmp_path)
    assert caught.value.finding.try_ == f"the pictures in it: {tmp_path}/*"


def test_a_refused_file_is_named(tmp_path: Path) -> None:
    Image.new("F", (2, 2)).save(tmp_path / "a.tif")
    with pytest.raises(PenjingError) as caught:
        GREY.open(tmp_path / "a.tif")
    assert caught.value.finding.where == str(tmp_path / "a.tif")


# With a size: a photograph is decoded small, and every input ends in that size

SMALL = OpenPicture("RGB", (40, 60))


def photograph(height: int = 900, width: int = 1200) -> Image.Image:
    """Smooth colors with some noise, as photographs are."""
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize((width, height), 3)
    return Image.fromarray(np.clip(np.asarray(coarse) + rng.normal(0, 12, (height, width, 3)), 0, 255).astype(np.uint8))


def saved(picture: Image.Image, path: Path, **settings: Any) -> Path:
    picture.save(path, **settings)
    return path


def oriented(how: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = how
    return exif


def fully(picture: Image.Image, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(picture.convert("RGB").resize(size[::-1], Image.Resampling.BILINEAR))


def test_a_photograph_is_decoded_at_an_eighth_and_hardly_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(photograph(), tmp_path / "a.jpg", quality=95)
    with Image.open(path) as picture:
        full = fully(picture, (40, 60))
    scales = []
    draft = JpegImagePlugin.JpegImageFile.draft

    def seen(self: Any, mode: Any, size: Any) -> Any:
        answer = draft(self, mode, size)
        scales.append(self.size)
        return answer

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "draft", seen)
    small = SMALL.open(path)
    assert scales == [(150, 113)]
    assert np.abs(small.astype(int) - full).mean() < 1.5


@pytest.mark.parametrize("how", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_picture_on_its_side_is_turned_before_it_is_shrunk(tmp_path: Path, how: int, suffix: str) -> None:
    """Of the eight orientations of EXIF, each saved so that it shows the same picture."""
    upright = photograph(240, 360)
    as_saved = [None, 0, 3, 1, 5, 2, 6, 4][how - 1]  # pillow's transposition by which each lies
    lying = upright if as_saved is None else upright.transpose(Image.Transpose(as_saved))
    path = saved(lying, tmp_path / f"a.{suffix}", exif=oriented(how), quality=95)
    opened = SMALL.opened(path)
    assert opened.pixels.shape == (40, 60, 3)
    assert np.abs(opened.pixels.astype(int) - fully(upright, (40, 60))).mean() < 2
    assert ("turned upright" in opened.traits) == (how > 1)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp"])
@pytest.mark.parametrize("shape", [(40, 60), (17, 23), (60, 40), (100, 90)])
def test_path_content_picture_and_array_give_the_same(tmp_path: Path, name: str, shape: tuple[int, int]) -> None:
    path = saved(photograph(*shape), tmp_path / name)
    with Image.open(path) as picture:
        values = [str(path), path.read_bytes(), picture, np.asarray(picture)]
        answers = [SMALL.open(value) for value in [path, *values]]
    assert all(answer.shape == (40, 60, 3) and answer.dtype == np.uint8 for answer in answers)
    assert all(np.array_equal(answer, answers[0]) for answer in answers[1:])


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "I;16"])
@pytest.mark.parametrize("opener", [SMALL, OpenPicture("L", (40, 60))], ids=["RGB", "L"])
def test_any_mode_ends_in_the_size_and_the_channels(opener: OpenPicture, mode: str) -> None:
    assert opener.open(Image.new(mode, (33, 21))).shape == (40, 60, len(opener.mode))


def test_a_jpeg_in_inks_keeps_its_colors(tmp_path: Path) -> None:
    """Adobe's programs write ink upside down, and so does pillow: 255 is no ink."""
    for color in [(255, 0, 0), (0, 0, 255), (255, 255, 255), (20, 20, 20)]:
        path = saved(Image.new("RGB", (16, 16), color).convert("CMYK"), tmp_path / "a.jpg", quality=95)
        assert b"Adobe" in path.read_bytes()
        opened = OpenPicture("RGB").opened(path)
        assert np.abs(opened.pixels.astype(int) - color).max() <= 6
        assert opened.traits == ("of CMYK made RGB",)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tif"])
def test_of_several_frames_the_first_counts(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    path = saved(frames[0], tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    opened = OpenPicture("RGB").opened(path)
    assert np.abs(opened.pixels.astype(int) - (255, 0, 0)).max() <= 3
    assert "of several frames (the first counts)" in opened.traits


def test_a_telephones_second_picture_is_no_frame(tmp_path: Path) -> None:
    path = saved(
        photograph(), tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))]
    )
    opened = SMALL.opened(path)
    with Image.open(path) as picture:
        assert picture.format == "MPO"
    assert opened.traits == ()
    assert np.abs(opened.pixels.astype(int) - fully(photograph(), (40, 60))).mean() < 3


@pytest.mark.parametrize(
    ("mode", "opener", "trait"),
    [
        ("P", COLOR, "with a palette of colors"),
        ("L", COLOR, "grey among colors"),
        ("RGB", GREY, "in color made grey"),
        ("RGBA", COLOR, "with transparency laid on white"),
        ("I;16", GREY, "of 16 bits brought to 8"),
    ],
)
def test_what_is_done_is_said(mode: str, opener: OpenPicture, trait: str) -> None:
    assert opener.opened(Image.new(mode, (4, 4))).traits == (trait,)


def test_nothing_is_said_of_a_plain_picture() -> None:
    assert COLOR.opened(Image.new("RGB", (4, 4))).traits == ()


@pytest.mark.parametrize("most", [63, 31], ids=["pillow warns", "pillow refuses"])
def test_a_decompression_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    path = saved(Image.new("L", (8, 8)), tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
    for value in (path, path.read_bytes()):
        with pytest.raises(PenjingError) as caught:
            GREY.open(value)
        assert "bomb" in caught.value.finding.what


def test_a_file_that_is_refused_is_not_named_by_an_address_in_memory() -> None:
    words = []
    for _ in range(2):
        with pytest.raises(PenjingError) as caught:
            GREY.open(io.BytesIO(b"text").getvalue())
        words.append(caught.value.finding.what)
    assert words[0] == words[1]
    assert "BytesIO" not in words[0]


DAMAGED = ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "PPM", "AVIF", "DDS", "ICO", "TGA", "PCX", "SGI", "JPEG2000"]


@pytest.mark.parametrize("format", DAMAGED)
def test_whatever_is_cut_or_changed_it_is_opened_or_refused(format: str) -> None:
    """Seeded damage: any other exception than ours would end a training. Pillow's remarks on metadata do not count.

    Some formats are not among the endings that are read, but a file called .jpg may hold any of them.
    """
    Image.init()
    if format not in Image.SAVE:
        pytest.skip(f"pillow was built without {format}")
    file = io.BytesIO()
    photograph(30, 40).save(file, format)
    rng = np.random.default_rng(0)
    refused: list[str] = []
    for _ in range(150):
        content = np.frombuffer(file.getvalue(), np.uint8).copy()
        content[rng.integers(0, min(len(content), 200), rng.integers(1, 6))] = rng.integers(0, 256)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            try:
                SMALL.open(content[: rng.choice((len(content), rng.integers(1, len(content))))].tobytes())
            except PenjingError as error:
                refused.append(error.finding.rule)
    assert set(refused) == {"not-a-picture"}


@pytest.mark.parametrize("error", [RuntimeError, NotImplementedError, ZeroDivisionError, AssertionError, MemoryError])
def test_whatever_a_plugin_raises_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """A broken AVIF is a RuntimeError, a DDS of an odd kind a NotImplementedError; both may be called .jpg."""
    path = saved(photograph(8, 8), tmp_path / "a.png")

    def fails(self: Any) -> None:
        raise error("inside pillow")

    monkeypatch.setattr(ImageFile.ImageFile, "load", fails)
    with pytest.raises(PenjingError) as caught:
        GREY.open(path)
    assert caught.value.finding.evidence == {"error": "inside pillow"}
