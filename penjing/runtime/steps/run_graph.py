"""Arrays of one example each go through a graph in batches; out come one example's outputs each, by name."""

from itertools import groupby, islice
from typing import Any

import msgspec
import numpy as np

from penjing.runtime.engine import Engine


class RunGraph(msgspec.Struct, frozen=True, tag="run-graph"):
    """Neighbours of equal shape share a batch; pictures of other sizes get a batch of their own."""

    graph: str
    input: str
    batch: int = 64

    def __call__(self, values: list[Any], engine: Engine) -> list[dict[str, np.ndarray]]:
        """Arrays without batch axis to dicts of arrays without batch axis."""
        answers: list[dict[str, np.ndarray]] = []
        for _, alike in groupby(values, key=lambda value: value.shape):
            while chunk := list(islice(alike, self.batch)):
                outputs = engine.run(self.graph, {self.input: np.stack(chunk)})
                answers += [{name: array[i] for name, array in outputs.items()} for i in range(len(chunk))]
        return answers
