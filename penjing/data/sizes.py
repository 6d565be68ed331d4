"""The size that pictures are brought to: `96`, `80x160`, or auto."""

import re

from penjing.config import Data
from penjing.data.dataset import Dataset
from penjing.data.headers import headers_of
from penjing.findings import stop


def parse_size(text: int | str) -> tuple[int, int] | None:
    """Height and width in pixels; None for auto.

    Raises:
        PenjingError: `bad-setting`.
    """
    if text == "auto":
        return None
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", str(text))
    height, width = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not (1 <= height <= 4096 and 1 <= width <= 4096):
        raise stop(
            "bad-setting",
            f"`size` cannot be {text!r}",
            where=f"size={text}",
            why="pictures are brought to a height and width of 1 to 4,096 pixels.",
            try_="size=96, or size=80x160 for height 80 and width 160",
        )
    return height, width


def size_of(data: Dataset, settings: Data) -> tuple[int, int]:
    """Height and width that pictures are brought to: as settled, else the middle of what they are."""
    return parse_size(settings.size) or headers_of(data).median
