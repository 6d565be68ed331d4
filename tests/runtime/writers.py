"""An engine that needs no network: what comes next depends on the last character and on how many were read."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from penjing.runtime.engine import Engine
from penjing.runtime.steps.open_prompt import UNKNOWN
from penjing.runtime.steps.sample_text import SampleText

CHARACTERS = UNKNOWN + "\nabn"
NO_ENGINE = cast(Engine, None)  # for steps that call none


class BigramEngine:
    """Looks logits up by the character, and counts characters in its state: a text ends after four at the latest."""

    name = "bigram"

    def __init__(self) -> None:
        self.logits = np.random.default_rng(0).normal(size=(5, 5)).astype(np.float32)  # (last, next)
        self.logits[:, 0] = 9  # were it allowed, UNKNOWN would be written nearly always
        self.batches: list[int] = []

    def run(self, graph: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The graph `step`."""
        assert graph == "step"
        self.batches.append(len(inputs["characters"]))
        count = inputs["state"] + 1
        logits = self.logits[inputs["characters"]].copy()
        logits[count[:, 0, 0] > 4, 1] = 99
        return {"logits": logits, "next_state": count}


def writer(**settings: Any) -> SampleText:
    """A SampleText for that engine."""
    return SampleText(
        **{"graph": "step", "characters": CHARACTERS, "end": "\n", "layers": 1, "width": 1, "length": 9} | settings
    )
