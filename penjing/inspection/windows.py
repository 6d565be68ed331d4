"""Windows over maps, and what the units behind them see, axis by axis.

On each axis the first unit of a map sees the pixels from `low` to `high`, and each next unit the same `step` pixels
further on. A window (a convolution, a pooling) of kernel k, stride s, padding p and dilation d makes of them

    low - p step,    high + ((k - 1) d - p) step,    s step

The size, high - low, is that of Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks",
Distill 2019. Padding counts as seen.
"""

import enum
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Axis(NamedTuple):
    """What the units see along one axis, in pixels of the picture."""

    low: float = 0.0  # the first pixel that the first unit sees; negative where that is padding
    high: float = 1.0  # one behind the last
    step: float = 1.0  # from one unit to the next

    def through(self, kernel: int, stride: float, padding: int, dilation: int) -> "Axis":
        """Behind a window."""
        low = self.low - padding * self.step
        return Axis(low, low + self.high - self.low + (kernel - 1) * dilation * self.step, self.step * stride)

    @property
    def size(self) -> int:
        """Pixels that one unit sees."""
        return math.ceil(self.high - self.low)


class Field(NamedTuple):
    """Of a map: what its units see along height and width, and which axes of the tensor these are."""

    height: Axis
    width: Axis
    dims: tuple[int, int]


class Beyond(enum.Enum):
    """What is no field of pixels around a place."""

    WHOLE = "all"  # every unit sees the whole picture
    UNKNOWN = "unknown"  # places are lost from sight: behind a change of shape, or an operation not known here


Seen = Field | Beyond


class Window(NamedTuple):
    """A convolution or pooling: (height, width) each."""

    kernel: tuple[int, int]
    stride: tuple[float, float]
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)

    def padding_share(self, size: Sequence[int], given: Sequence[int]) -> float:
        """The share of what it reads that is padding, over all places: from a map of `size` it makes one of `given`."""
        inside = 1.0
        for k, s, p, d, n, out in zip(*self, size, given, strict=True):
            taps = sum(0 <= i * s - p + t * d < n for i in range(out) for t in range(k))
            inside *= taps / (k * out)
        return 1 - inside


Arguments = Mapping[str, Any]  # of an operation, by name
MAX_POOLS = ("max_pool2d", "max_pool2d_with_indices")
ADAPTIVE = ("adaptive_avg_pool2d", "_adaptive_avg_pool2d", "adaptive_max_pool2d")


def window_of(name: str, given: Arguments, size: Sequence[int]) -> Window | None:
    """The window of an operation on a map of `size`; None where it has none, or one that is not of two axes."""
    if name == "convolution":
        kernel = tuple(given["weight"].shape[2:])
        if len(kernel) != 2 or given["transposed"]:
            return None
        return Window(kernel, _two(given["stride"]), _two(given["padding"]), _two(given["dilation"]))
    if name in MAX_POOLS or name == "avg_pool2d":
        kernel = _two(given["kernel_size"])
        stride = _two(given["stride"]) if given["stride"] else kernel
        return Window(kernel, stride, _two(given["padding"]), _two(given.get("dilation", 1)))
    if name == "pixel_unshuffle":
        sides = _two(given["downscale_factor"])
        return Window(sides, sides)
    if name in ADAPTIVE:
        cells = [_cell(n, out) for n, out in zip(size, _two(given["output_size"]), strict=True)]
        return Window((cells[0][0], cells[1][0]), (cells[0][1], cells[1][1]))
    return None


def _two(value: Any) -> tuple[int, int]:
    values = (value,) if isinstance(value, int) else tuple(value)
    return (values[0], values[-1])


def _cell(n: int, out: int) -> tuple[int, float]:
    """Kernel and stride of an adaptive pooling: its cells may differ by one, and the largest counts."""
    kernel = max(math.ceil((i + 1) * n / out) - i * n // out for i in range(out))
    return kernel, n / out if n % out else n // out
