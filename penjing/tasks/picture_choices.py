"""What a task on pictures starts from, chosen from what was found: size, channels, network, budget, augmentation."""

from penjing.config import Choice
from penjing.data.dataset import Dataset
from penjing.data.headers import headers_of

TINY, SMALL = 16, 64  # pixels: the longer side of pictures that `cnn` and `fast` are for
SIDE = 128  # pixels: what larger ones are brought to


def chosen_for(data: Dataset) -> dict[str, Choice]:
    """Settings by name, each with its reason."""
    headers = headers_of(data)
    height, width = headers.median
    color = "grey" if headers.is_grey else "rgb"
    found = {"color": Choice(color, "found in the data", _modes_in_words(headers.modes))}
    if max(height, width) <= SMALL:
        size = f"{height}x{width}"
        why = "the size they have" if headers.are_of_one_size else "the middle of their sizes"
    elif headers.are_of_one_size and max(height, width) > 1.2 * min(height, width):
        scale = SIDE / (height * width) ** 0.5
        size = "x".join(str(max(8 * round(side * scale / 8), 8)) for side in (height, width))
        why = f"all are {height}x{width}: the same shape, with the area of {SIDE}x{SIDE}"
    else:
        size, why = f"{SIDE}x{SIDE}", f"photographs, {height}x{width} in the middle; larger ones take longer to learn"
    found["size"] = Choice(size, "found in the data", why)
    return found


def _modes_in_words(modes: dict[str, int]) -> str:
    return "pictures of mode " + ", ".join(f"{mode} ({n:,})" for mode, n in sorted(modes.items()))
