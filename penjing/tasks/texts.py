"""What tasks on text share: batches of texts of different lengths, each character beside the one that follows it."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from penjing.data.batches import Shuffled

PADDING = -1  # in the truths of a batch: no character stands here; the loss leaves it out


class Batch(NamedTuple):
    """Texts, and the character that comes next at each place."""

    x: Tensor  # (B, T) int64: UNKNOWN, which stands before a text, then all of its characters but the last
    y: Tensor  # (B, T) int64: its characters, then PADDING up to the longest of the batch


class Texts(msgspec.Struct, frozen=True):
    """A stream of shuffled batches."""

    texts: Sequence[Tensor]  # the numbers of their characters, (n,) int64 each
    order: Shuffled

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass."""
        return self.order.steps_per_epoch

    def at(self, step: int) -> Batch:
        """The batch of a step: a function of (data, seed, step)."""
        y = pad_sequence([self.texts[i] for i in self.order.at(step)], batch_first=True, padding_value=PADDING)
        return Batch(F.pad(y[:, :-1], (1, 0)).clamp(min=0), y)
