"""A picture, as a path, its content, a PIL image or an array, becomes an array (H, W, C) uint8."""

import io
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from PIL import Image, ImageOps

from penjing import files
from penjing.findings import stop
from penjing.runtime.engine import Engine

WHITE_16 = 65535  # white of 16 bits


class OpenPicture(msgspec.Struct, frozen=True, tag="open-picture"):
    """The only place where Penjing decodes one picture: readers use it too, so what was scored is what is shipped.

    What is transparent is laid on white, as on paper: whatever colour hides behind it was never seen. Greys of 16 bits
    are scaled to 8, so that 65535 is 255.

    With a size, every picture is brought to it here: a JPEG is decoded at the smallest scale above it (libjpeg's draft
    mode: a photograph of 12 megapixels in a fraction of the time), then resized by pillow's antialiased bilinear
    filter. Without, pictures keep their size, and the graph resizes them.
    """

    mode: Literal["L", "RGB"]  # one grey channel, or three colours
    size: tuple[int, int] | None = None  # height and width, pixels

    def __call__(self, values: list[Any], engine: Engine) -> list[np.ndarray]:
        """Each value to (H, W, C) uint8, upright; arrays must be uint8 already.

        Raises:
            PenjingError: `no-such-path`, `not-a-picture`.
        """
        return [self.open(value) for value in values]

    def open(self, value: Any) -> np.ndarray:
        """One picture to (H, W, C) uint8."""
        where = str(value) if isinstance(value, str | Path) else ""
        if isinstance(value, np.ndarray):
            if value.dtype == np.uint8 and value.ndim == 3 and value.shape[2] == len(self.mode) and self._fits(value):
                return value
            value = Image.fromarray(_two_or_three_axes(value))
        elif isinstance(value, str | Path):
            value = _decode(Path(value), where, self.size)
        elif isinstance(value, bytes):
            value = _decode(io.BytesIO(value), f"{len(value):,} bytes", self.size)
        if not isinstance(value, Image.Image):
            raise _not_a_picture(repr(value)[:60], f"{type(value).__name__} is no path, no PIL image and no array")
        try:
            picture = _to_8_bits(ImageOps.exif_transpose(value)).convert(self.mode)
        except ValueError as error:  # ours, and pillow's, which knows no way from LAB
            raise _not_a_picture(where or f"picture of mode {value.mode}", str(error)) from error
        if self.size is not None and picture.size != self.size[::-1]:
            picture = picture.resize(self.size[::-1], Image.Resampling.BILINEAR)
        return np.asarray(picture).reshape(picture.height, picture.width, len(self.mode))

    def _fits(self, picture: np.ndarray) -> bool:
        return self.size is None or picture.shape[:2] == self.size


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


def _decode(file: Path | io.BytesIO, where: str, size: tuple[int, int] | None) -> Image.Image:
    try:
        with Image.open(files.existing(file) if isinstance(file, Path) else file) as picture:
            if size is not None:
                side = max(size)  # the picture may yet be turned by its EXIF orientation
                picture.draft(None, (side, side))
            picture.load()
            return picture
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:  # pillow says a broken PNG with SyntaxError
        raise _not_a_picture(where, str(error)) from error


def _two_or_three_axes(value: np.ndarray) -> np.ndarray:
    if value.dtype != np.uint8 or value.ndim not in (2, 3) or (value.ndim == 3 and value.shape[2] not in (1, 3, 4)):
        raise _not_a_picture(
            f"array {value.shape} {value.dtype}", "an array must be uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)"
        )
    return value[:, :, 0] if value.ndim == 3 and value.shape[2] == 1 else value


def _not_a_picture(where: str, error: str) -> Exception:
    return stop(
        "not-a-picture",
        f"this is not a picture that can be opened: {error}",
        where=where,
        why="a file that does not decode whole would be answered from half its pixels.",
        try_="open it in a viewer; save it anew as PNG or JPEG",
    )
