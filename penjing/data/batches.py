"""Which examples a step sees: a pure function of (seed, step), shared out over processes. No torch."""

import functools
from typing import Protocol

import msgspec
import numpy as np

from penjing.randomness import generator


class Share(msgspec.Struct, frozen=True):
    """This process's part of every batch: examples rank, rank + ranks, ... of it."""

    rank: int = 0
    ranks: int = 1


class Order(Protocol):
    """What a stream of batches asks for."""

    @property
    def seed(self) -> int:
        """Of the order; a stream draws its augmentation from it too."""
        ...

    @property
    def share(self) -> Share:
        """This process's part."""
        ...

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over as many examples as there are."""
        ...

    def at(self, step: int) -> np.ndarray:
        """Indices of this process's examples at this step, (B / ranks,) int64."""
        ...


class Shuffled(msgspec.Struct, frozen=True):
    """Epochs of shuffled batches; the last batch of an epoch that would be short is left out, others come next time.

    Args:
        n: examples; where n < batch_size a batch is the whole set.
        batch_size: over all processes.
        seed: of the shuffling.
        share: this process's part.
    """

    n: int
    batch_size: int
    seed: int
    share: Share = Share()

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the examples."""
        return max(self.n // self.batch_size, 1)

    def at(self, step: int) -> np.ndarray:
        """Indices of this process's examples at this step, (B / ranks,) int64."""
        epoch, i = divmod(step, self.steps_per_epoch)
        order = _shuffled(self.seed, epoch, self.n)
        return order[i * self.batch_size : (i + 1) * self.batch_size][self.share.rank :: self.share.ranks].copy()


@functools.lru_cache(maxsize=2)  # drawn once an epoch, not once a step: of 50,000 examples it takes 1 ms
def _shuffled(seed: int, epoch: int, n: int) -> np.ndarray:
    order = generator(seed, "shuffle", epoch).permutation(n)
    order.flags.writeable = False  # it is handed out again
    return order


class Balanced:
    """Batches in which every class stands as often as any other, however few examples it has.

    Places are dealt in rounds, one place a class and round, in an order drawn anew for each round. Within a class
    examples come in turns, each once a turn in an order drawn anew: none is drawn twice while another waits.

    Args:
        labels: (N,) integers, the class of each example; classes without examples have no place.
        batch_size: over all processes.
        seed: of all draws.
        share: this process's part.
    """

    def __init__(self, labels: np.ndarray, batch_size: int, seed: int, share: Share) -> None:
        self.members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        self.batch_size, self.seed, self.share = min(batch_size, len(labels)), seed, share
        self.steps_per_epoch = max(len(labels) // batch_size, 1)
        self._drawn: dict[int, tuple[int, np.ndarray]] = {}  # of each class the last turn and its order, to save time

    def at(self, step: int) -> np.ndarray:
        """Indices of this process's examples at this step, (B / ranks,) int64: a function of (labels, seed, step)."""
        classes = len(self.members)
        places = np.arange(step * self.batch_size, (step + 1) * self.batch_size)[self.share.rank :: self.share.ranks]
        rounds = {turn: generator(self.seed, "round", turn).permutation(classes) for turn in set(places // classes)}
        drawn = np.empty(len(places), dtype=np.int64)
        for i, (turn, place) in enumerate(zip(*divmod(places, classes), strict=True)):
            label = int(rounds[turn][place])
            own_turn, at = divmod(int(turn), len(self.members[label]))
            drawn[i] = self._order(label, own_turn)[at]
        return drawn

    def _order(self, label: int, turn: int) -> np.ndarray:
        if label not in self._drawn or self._drawn[label][0] != turn:
            rng = generator(self.seed, f"class {label}", turn)
            self._drawn[label] = turn, rng.permutation(self.members[label])
        return self._drawn[label][1]
