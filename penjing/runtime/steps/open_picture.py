"""A picture, as a path, its content, a PIL image or an array, becomes an array (H, W, C) uint8."""

import io
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from penjing import files
from penjing.findings import PenjingError, stop
from penjing.runtime.engine import Engine

WHITE_16 = 65535  # white of 16 bits
ORIENTATION = 0x0112  # EXIF's tag: 1 is upright
# What pillow raises at bytes that it can make no sense of: whatever the parsing of a plugin runs into, ValueError,
# struct.error, zlib.error, RuntimeError (AVIF), NotImplementedError (DDS). No shorter list held against damaged files.
REFUSED = Exception


class Opened(NamedTuple):
    """A picture, and what had to be done to it, in words that a count can stand before: `turned upright`."""

    pixels: np.ndarray  # (H, W, C) uint8
    traits: tuple[str, ...]


class OpenPicture(msgspec.Struct, frozen=True, tag="open-picture"):
    """The only place where Penjing decodes one picture: the store uses it too, so what was scored is what is shipped.

    What is transparent is laid on white, as on paper: whatever color hides behind it was never seen. Greys of 16 bits
    are scaled to 8, so that 65535 is 255. Of several frames the first counts.

    With a size, every picture is brought to it here: a JPEG is decoded at the smallest scale above it (libjpeg's draft
    mode: a photograph of 12 megapixels in a fraction of the time), then resized by pillow's antialiased bilinear
    filter. Without, pictures keep their size, and the graph resizes them. A PIL image or an array is resized from the
    pixels that it has: of a JPEG at least twice the size these differ by a level or so from those of its path.
    """

    mode: Literal["L", "RGB"]  # one grey channel, or three colors
    size: tuple[int, int] | None = None  # height and width, pixels

    def __call__(self, values: list[Any], engine: Engine) -> list[np.ndarray]:
        """Each value to (H, W, C) uint8, upright; arrays must be uint8 already.

        Raises:
            PenjingError: `no-such-path`, `not-a-picture`.
        """
        return [self.open(value) for value in values]

    def open(self, value: Any) -> np.ndarray:
        """One picture to (H, W, C) uint8."""
        return self.opened(value).pixels

    def opened(self, value: Any) -> Opened:
        """One picture to (H, W, C) uint8, and what had to be done to it."""
        where = str(value) if isinstance(value, str | Path) else ""
        if isinstance(value, np.ndarray):
            _refuse_empty(value.shape[:2], f"array {value.shape} {value.dtype}")
            if value.dtype == np.uint8 and value.ndim == 3 and value.shape[2] == len(self.mode) and self._fits(value):
                return Opened(value, ())
            value = Image.fromarray(_two_or_three_axes(value))
        frames: tuple[str, ...] = ()
        if isinstance(value, str | Path):
            value, frames = _decode(Path(value), where, self.size)
        elif isinstance(value, bytes):
            where = f"{len(value):,} bytes"
            value, frames = _decode(io.BytesIO(value), where, self.size)
        if not isinstance(value, Image.Image):
            raise _not_a_picture(repr(value)[:60], f"{type(value).__name__} is no path, no PIL image and no array")
        _refuse_empty(value.size[::-1], f"picture of mode {value.mode}")
        try:
            traits = (*frames, *_traits(value, self.mode))
            picture = _to_8_bits(_upright(value)).convert(self.mode)
        except REFUSED as error:  # ours, and pillow's, which knows no way from LAB
            raise _not_a_picture(where or f"picture of mode {value.mode}", str(error)) from error
        if self.size is not None and picture.size != self.size[::-1]:
            picture = picture.resize(self.size[::-1], Image.Resampling.BILINEAR)
        return Opened(np.asarray(picture).reshape(picture.height, picture.width, len(self.mode)), traits)

    def _fits(self, picture: np.ndarray) -> bool:
        return self.size is None or picture.shape[:2] == self.size


def _traits(picture: Image.Image, mode: str) -> tuple[str, ...]:
    """What will be done to a decoded picture, in words."""
    is_grey = picture.mode in ("1", "L", "LA", "La", "I", "F") or picture.mode.startswith("I;16")
    facts = {
        "turned upright": _is_turned(picture),
        "with transparency laid on white": picture.has_transparency_data,
        "with a palette of colors": picture.mode in ("P", "PA"),
        "of CMYK made RGB": picture.mode == "CMYK",
        "of 16 bits brought to 8": picture.mode == "I" or picture.mode.startswith("I;16"),
        "grey among colors": is_grey and mode == "RGB",
        "in color made grey": not is_grey and mode == "L",
    }
    return tuple(words for words, holds in facts.items() if holds)


def _is_turned(picture: Image.Image) -> bool:
    return picture.getexif().get(ORIENTATION, 1) in range(2, 9)


def _upright(picture: Image.Image) -> Image.Image:
    return ImageOps.exif_transpose(picture) if _is_turned(picture) else picture


def _to_8_bits(picture: Image.Image) -> Image.Image:
    """The same picture without transparency, in a mode of 8 bits a channel, which pillow's `convert` would cut off."""
    if picture.mode == "I" or picture.mode.startswith("I;16"):
        values = np.asarray(picture).astype(np.int64)
        if values.size and (values.min() < 0 or values.max() > WHITE_16):
            raise ValueError(f"its greys go from {values.min()} to {values.max()}, not from 0 to {WHITE_16}")
        return Image.fromarray(np.rint(values / (WHITE_16 / 255)).astype(np.uint8))
    if picture.mode == "F":
        raise ValueError("its greys are floats, and nothing says which of them is white")
    if not picture.has_transparency_data:
        return picture
    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)


def _decode(file: Path | io.BytesIO, where: str, size: tuple[int, int] | None) -> tuple[Image.Image, tuple[str, ...]]:
    """The first frame, and words where there are more."""
    try:
        with Image.open(files.existing(file) if isinstance(file, Path) else file) as picture:
            _refuse_bomb(picture)
            # A telephone's JPEG of format MPO holds a preview or a map of depth besides, which nobody means
            has_frames = picture.format != "MPO" and getattr(picture, "is_animated", False)
            if size is not None:
                side = max(size)  # the picture may yet be turned by its EXIF orientation
                picture.draft(None, (side, side))
            picture.load()
            return picture, ("of several frames (the first counts)",) if has_frames else ()
    except PenjingError:  # no such path
        raise
    except IsADirectoryError as error:
        raise _not_a_picture(where, "it is a folder", try_=f"the pictures in it: {where}/*") from error
    except UnidentifiedImageError as error:  # it would name the object in memory
        raise _not_a_picture(where, "its content is of no format that is known, or empty") from error
    except REFUSED as error:
        raise _not_a_picture(where, str(error)) from error


def _refuse_bomb(picture: Image.Image) -> None:
    """Pillow only warns of a picture above its limit, and refuses one of twice as much; both would fill the memory."""
    most = Image.MAX_IMAGE_PIXELS
    if most is not None and picture.width * picture.height > most:
        raise ValueError(
            f"{picture.width:,} x {picture.height:,} pixels are more than {most:,}: perhaps a decompression bomb"
        )


def _refuse_empty(sides: tuple[int, ...], where: str) -> None:
    if 0 in sides:
        raise _not_a_picture(where, f"it is {' x '.join(map(str, sides))} pixels, so there are none")


def _two_or_three_axes(value: np.ndarray) -> np.ndarray:
    if value.dtype != np.uint8 or value.ndim not in (2, 3) or (value.ndim == 3 and value.shape[2] not in (1, 3, 4)):
        raise _not_a_picture(
            f"array {value.shape} {value.dtype}", "an array must be uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)"
        )
    return value[:, :, 0] if value.ndim == 3 and value.shape[2] == 1 else value


def _not_a_picture(where: str, error: str, try_: str = "open it in a viewer; save it anew as PNG or JPEG") -> Exception:
    return stop(
        "not-a-picture",
        f"this is not a picture that can be opened: {error}",
        where=where,
        why="a file that does not decode whole would be answered from half its pixels.",
        try_=try_,
        evidence={"error": error},
    )
