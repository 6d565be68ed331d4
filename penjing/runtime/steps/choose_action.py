"""Probabilities of actions become the action that is taken."""

import msgspec
import numpy as np

from penjing.runtime.engine import Engine


class Action(msgspec.Struct, frozen=True):
    """The likeliest action; all probabilities in the order of the actions."""

    number: int
    name: str
    probabilities: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.name}  ({self.probabilities[self.number]:.1%})"


class ChooseAction(msgspec.Struct, frozen=True, tag="choose-action"):
    """Reads the graph's output `probabilities` (A,), and is greedy: the same observation, the same action."""

    actions: tuple[str, ...]

    def __call__(self, values: list[dict[str, np.ndarray]], engine: Engine) -> list[Action]:
        """Outputs of a graph to actions."""
        return [self._choose(value["probabilities"]) for value in values]

    def _choose(self, probabilities: np.ndarray) -> Action:
        best = int(probabilities.argmax())
        return Action(best, self.actions[best], tuple(probabilities.tolist()))
