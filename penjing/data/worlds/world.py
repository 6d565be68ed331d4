"""World: what can be acted in. A module of pure functions on arrays, N copies a step; nothing is kept between calls.

    seeds (N,) -> start -> state (N, S) -> observe -> observation (N, D) -> an action each (N,) -> step -> state ...

As the state is an array that the caller holds, saving a world in the middle of an episode is saving that array.
"""

from typing import NamedTuple, Protocol

import numpy as np

FRAME = (96, 60)  # width and height of the box in which `frame` draws


class Step(NamedTuple):
    """What one action each did to N copies."""

    state: np.ndarray  # (N, S) float64; of an episode that ended, its last: the caller starts another
    reward: np.ndarray  # (N,) float32
    terminated: np.ndarray  # (N,) bool: the world ended the episode, nothing more was to be had
    truncated: np.ndarray  # (N,) bool: the time limit did; the return would have gone on


class World(Protocol):
    """A module with these names, such as `cartpole.py`."""

    ENTRIES: tuple[str, ...]  # of an observation, D names with their units
    ACTIONS: tuple[str, ...]  # A names
    LIMIT: int  # steps after which an episode is truncated

    def start(self, seeds: np.ndarray) -> np.ndarray:
        """(N,) integers -> the first state of each episode, (N, S) float64: a function of its seed alone."""
        ...

    def observe(self, state: np.ndarray) -> np.ndarray:
        """(N, S) -> (N, D) float32: what a policy sees."""
        ...

    def step(self, state: np.ndarray, action: np.ndarray) -> Step:
        """(N, S), (N,) integers in [0, A) -> what comes of it; the arrays handed in are left as they are."""
        ...

    def heuristic(self, observation: np.ndarray) -> np.ndarray:
        """(N, D) -> (N,): a policy written by hand, the one to beat."""
        ...

    def frame(self, state: np.ndarray) -> str:
        """(S,) -> SVG shapes in a box of FRAME; colors by the classes `ink`, `good`, `bad` and `ink-line`, ..."""
        ...
