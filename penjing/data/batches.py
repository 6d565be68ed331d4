"""Which examples a step sees: a pure function of (seed, step), shared out over processes. No torch."""

import msgspec
import numpy as np

from penjing.randomness import generator


class Share(msgspec.Struct, frozen=True):
    """This process's part of every batch: examples rank, rank + ranks, ... of it."""

    rank: int = 0
    ranks: int = 1


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
        order = generator(self.seed, "shuffle", epoch).permutation(self.n)
        return order[i * self.batch_size : (i + 1) * self.batch_size][self.share.rank :: self.share.ranks]
