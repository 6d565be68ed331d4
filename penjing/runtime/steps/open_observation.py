"""An observation, as JSON text, a list or an array, becomes a vector (D,) float32."""

from typing import Any

import msgspec
import numpy as np

from penjing.findings import PenjingError, stop
from penjing.runtime.engine import Engine


class OpenObservation(msgspec.Struct, frozen=True, tag="open-observation"):
    """Takes what a policy sees of a world: `[0, 0.1, 0, -0.2]`, one number for each entry."""

    world: str
    entries: tuple[str, ...]  # what each number is, with its unit

    def __call__(self, values: list[Any], engine: Engine) -> list[np.ndarray]:
        """Each value to (D,) float32.

        Raises:
            PenjingError: `not-an-observation`, with what each number should be.
        """
        return [self._open(value) for value in values]

    def _open(self, value: Any) -> np.ndarray:
        try:
            numbers = np.asarray(msgspec.json.decode(value) if isinstance(value, str) else value)
            if numbers.dtype.kind not in "iuf":  # numpy would make 1 of "1" and of true
                raise TypeError(f"it holds {numbers.dtype.type.__name__.rstrip('_')}")
            with np.errstate(over="ignore"):  # too large for float32 is infinite, which is refused below
                vector = numbers.astype(np.float32)
        except (msgspec.DecodeError, TypeError, ValueError) as error:
            raise self._refused(value, f"it is no list of numbers ({error})") from error
        if vector.shape != (len(self.entries),):
            raise self._refused(value, f"its shape is {vector.shape}, {self.world} shows {len(self.entries)} numbers")
        if not np.isfinite(vector).all():
            raise self._refused(value, f"{self.entries[int(np.isfinite(vector).argmin())]} is not a finite number")
        return vector

    def _refused(self, value: Any, what: str) -> PenjingError:
        return stop(
            "not-an-observation",
            f"this is not an observation of {self.world}: {what}",
            where=str(value),
            why="the network would answer to something that the world never shows.",
            try_=f'"{[0.0] * len(self.entries)}": {", ".join(self.entries)}',
        )
