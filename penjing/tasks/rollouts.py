"""Playing to learn from it: rollouts of N copies of a world, and several passes of minibatches over each.

    T steps of N worlds by the network's policy -> advantages -> minibatches, several passes -> the next T steps -> ...

Schulman et al., "Proximal policy optimization algorithms", 2017 (arXiv 1707.06347), algorithm 1: both halves of it are
batches by step number, so that one loop serves it as it serves data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from penjing.data.batches import Shuffled
from penjing.data.worlds.world import World
from penjing.findings import stop
from penjing.randomness import generator
from penjing.tasks.task import expect_shape


class Batch(NamedTuple):
    """What was seen and done, and how it turned out."""

    observation: Tensor  # (B, D) float32
    action: Tensor  # (B,) int64
    log_probability: Tensor  # (B,) float32, of the action when it was taken
    advantage: Tensor  # (B,) float32
    returns: Tensor  # (B,) float32, what the value should have said


@dataclass
class Rollouts:
    """A playing stream; its state is the worlds, two counts and the rollout in hand."""

    world: World
    seeds: np.ndarray  # (M,) of the episodes to train from
    network: nn.Module
    copies: int  # N, of this process
    horizon: int  # T
    passes: int
    batch_size: int
    gamma: float
    gae_lambda: float
    seed: int
    rank: int

    def __post_init__(self) -> None:
        self.order = Shuffled(self.horizon * self.copies, self.batch_size, self.seed)
        self.played = self.begun = 0  # rollouts, episodes
        self.rollout: Batch | None = None
        self.states = self._begin(self.copies)

    @property
    def steps_per_epoch(self) -> int:
        """One rollout, all passes over it."""
        return self.passes * self.order.steps_per_epoch

    def at(self, step: int) -> Batch:
        """The minibatch of a step; where the rollout in hand is used up, the next one is played first."""
        number = step // self.steps_per_epoch
        if number == self.played:
            self.rollout = self._play()
            self.played += 1
        if self.rollout is None or number != self.played - 1:
            raise ValueError(f"step {step} is not of rollout {self.played - 1}: steps are asked for in their order")
        at = torch.from_numpy(self.order.at(step))
        return Batch(*(column[at] for column in self.rollout))

    def state(self) -> dict[str, np.ndarray]:
        """Everything that was not drawn by step number."""
        arrays = {"states": self.states.copy(), "counts": np.array([self.played, self.begun])}
        held = self.rollout._asdict() if self.rollout else {}
        return arrays | {f"rollout.{name}": column.numpy() for name, column in held.items()}

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from there, in the middle of a rollout too."""
        self.states = state["states"].copy()
        self.played, self.begun = state["counts"].tolist()
        if self.played:
            self.rollout = Batch(*(torch.from_numpy(state[f"rollout.{name}"].copy()) for name in Batch._fields))

    @torch.no_grad()
    def _play(self) -> Batch:
        chance = generator(self.seed, f"act/{self.rank}", self.played).random((self.horizon, self.copies))
        steps = []
        for t in range(self.horizon):
            observation = self.world.observe(self.states)
            logits, _ = self._judge(observation)
            action = drawn(logits.softmax(-1).cpu().numpy(), chance[t])
            done = self.world.step(self.states, action)
            ended = done.terminated | done.truncated
            steps.append((observation, action, done.reward, self.world.observe(done.state), done.terminated, ended))
            self.states = done.state
            self.states[ended] = self._begin(int(ended.sum()))
        observation, action, reward, following, terminated, ended = map(np.stack, zip(*steps, strict=True))
        logits, values = self._judge(observation)  # (T, N, A), (T, N)
        value, next_value = values.cpu().numpy(), self._judge(following)[1].cpu().numpy()
        advantage = gae(reward, value, next_value, terminated, ended, gamma=self.gamma, gae_lambda=self.gae_lambda)
        taken = torch.from_numpy(action)
        log_probability = logits.cpu().log_softmax(-1).gather(-1, taken[..., None]).squeeze(-1)
        columns = (observation, taken, log_probability, advantage, advantage + value)
        return Batch(*(torch.as_tensor(column).flatten(0, 1) for column in columns))

    def _judge(self, observation: np.ndarray) -> tuple[Tensor, Tensor]:
        """Observations (..., D) -> logits (..., A), values (...)."""
        device = next(self.network.parameters()).device
        flat = torch.from_numpy(observation).flatten(0, -2).to(device)
        logits, values = judge(self.network, flat, len(self.world.ACTIONS))
        return logits.reshape(*observation.shape[:-1], -1), values.reshape(observation.shape[:-1])

    def _begin(self, count: int) -> np.ndarray:
        """First states of the next `count` episodes."""
        numbers = range(self.begun, self.begun + count)
        self.begun += count
        at = [generator(self.seed, f"episode/{self.rank}", number).integers(len(self.seeds)) for number in numbers]
        return self.world.start(self.seeds[at])


def judge(network: nn.Module, observation: Tensor, actions: int) -> tuple[Tensor, Tensor]:
    """Observations (B, D) -> logits (B, A) and values (B,) of a network, perhaps the user's.

    Raises:
        PenjingError: `output-shape` where it gives something else.
    """
    outputs: Any = network(observation)
    if not (isinstance(outputs, tuple) and len(outputs) == 2):
        raise stop(
            "output-shape",
            f"the network gives a {type(outputs).__name__}, the task needs a pair: logits and values",
            where="forward of the network",
            why="acting is learned from what to do, the logits, and from what it will be worth, the values.",
            try_="return logits, values  of shapes (B, A) and (B,)",
        )
    logits, values = outputs
    expect_shape("logits", logits, (len(observation), actions))
    expect_shape("values", values, (len(observation),))
    return logits, values


def drawn(probabilities: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Actions (N,) int64 from probabilities (N, A), by the inverse of the distribution at `chance` (N,) in [0, 1)."""
    action = (chance[:, None] >= probabilities.cumsum(axis=1)).sum(axis=1)
    return np.minimum(action, probabilities.shape[1] - 1)  # where a row sums to a little less than 1


def gae(
    reward: np.ndarray,
    value: np.ndarray,
    next_value: np.ndarray,
    terminated: np.ndarray,
    ended: np.ndarray,
    *,
    gamma: float,
    gae_lambda: float,
) -> np.ndarray:
    """Generalized advantage estimation.

    After a terminated step nothing was to come, after a truncated one the next value still stands for what would
    have come; neither lets the following episode's advantages flow back.

    Args:
        reward: (T, N) float32.
        value: (T, N) float32, of the observation that was acted on.
        next_value: (T, N) float32, of the observation that the action led to, before any new start.
        terminated: (T, N) bool.
        ended: (T, N) bool, terminated or truncated.
        gamma: discount of a step.
        gae_lambda: 0 trusts the values, 1 the rewards.

    Returns:
        (T, N) float32.

    Source: Schulman et al., "High-dimensional continuous control using generalized advantage estimation", ICLR 2016
    (arXiv 1506.02438), equation 16; truncation after Pardo et al., "Time limits in reinforcement learning", ICML 2018.
    """
    surprise = reward + gamma * next_value * ~terminated - value
    advantage = np.zeros_like(value)
    following = np.zeros_like(value[0])
    for t in reversed(range(len(value))):
        following = surprise[t] + gamma * gae_lambda * ~ended[t] * following
        advantage[t] = following
    return advantage
