"""Whole episodes, all seeds at once: what a policy is scored by. No torch."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
import numpy as np

from penjing.data.worlds.world import FRAME, World

FRAMES = 8  # kept of an episode, evenly spread


class Frame(msgspec.Struct, frozen=True):
    """The world at one step of an episode."""

    step: int
    state: tuple[float, ...]


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """How one episode went."""

    seed: int
    return_: float = msgspec.field(name="return")  # the sum of rewards, undiscounted
    length: int  # steps
    ending: Literal["terminated", "truncated"]
    frames: tuple[Frame, ...]  # the first and the last are among them

    def __str__(self) -> str:
        return f"return {self.return_:g} in {self.length} steps, {self.ending}"


def play(world: World, policy: Callable[[np.ndarray], np.ndarray], seeds: Sequence[int] | np.ndarray) -> list[Episode]:
    """Play one episode of each seed to its end.

    Args:
        world: what is played.
        policy: observations (n, D) float32 of the episodes that still go on -> their actions (n,).
        seeds: (N,) integers.
    """
    seeds = np.asarray(seeds)
    state = world.start(seeds)
    going = np.arange(len(seeds))  # episodes that have not ended
    rewards, terminated = np.zeros(len(seeds)), np.zeros(len(seeds), dtype=bool)
    states = [[row] for row in state]  # of each episode, the start among them
    while len(going):
        step = world.step(state, policy(world.observe(state)))
        rewards[going] += step.reward
        terminated[going] = step.terminated
        for i, row in zip(going, step.state, strict=True):
            states[i].append(row)
        still = ~(step.terminated | step.truncated)
        going, state = going[still], step.state[still]
    return [
        Episode(
            seed=int(seed),
            return_=float(rewards[i]),
            length=len(states[i]) - 1,
            ending="terminated" if terminated[i] else "truncated",
            frames=spread(states[i]),
        )
        for i, seed in enumerate(seeds)
    ]


def spread(states: Sequence[np.ndarray]) -> tuple[Frame, ...]:
    """A few states of an episode, evenly spread."""
    steps = np.unique(np.linspace(0, len(states) - 1, FRAMES).round().astype(int))
    return tuple(Frame(int(step), tuple(states[step].tolist())) for step in steps)


def film_svg(world: World, frames: Sequence[Frame], *, columns: int = 4) -> str:
    """A film strip: frames in rows, each with its step."""
    width, height = FRAME
    gap, line = 6, 12
    pictures = "".join(
        f'<g transform="translate({i % columns * (width + gap)} {i // columns * (height + line + gap)})">'
        f'<rect width="{width}" height="{height}" fill="none" class="ink-line" stroke-width="0.5" opacity="0.4"/>'
        f'{world.frame(np.array(frame.state))}<text y="{height + line - 2}" class="ink" font-size="9">step {frame.step}'
        f"</text></g>"
        for i, frame in enumerate(frames)
    )
    whole = (columns * (width + gap) - gap, -(-len(frames) // columns) * (height + line + gap) - gap)
    return f'<svg viewBox="0 0 {whole[0]} {whole[1]}" width="{whole[0]}" role="img">{pictures}</svg>'
