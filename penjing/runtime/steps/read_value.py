"""A graph's output becomes a number."""

import msgspec
import numpy as np

from penjing.runtime.engine import Engine


class Value(msgspec.Struct, frozen=True):
    """A number and what it is called."""

    value: float
    name: str

    def __str__(self) -> str:
        return f"{self.value:.4g} {self.name}"


class ReadValue(msgspec.Struct, frozen=True, tag="read-value"):
    """Reads the graph's output `value` () or (1,)."""

    name: str

    def __call__(self, values: list[dict[str, np.ndarray]], engine: Engine) -> list[Value]:
        """Outputs of a graph to numbers."""
        return [Value(float(value["value"].reshape(-1)[0]), self.name) for value in values]
