"""Uneven classes: weights in the loss, or sampling each class as often as any other; which of them, and when."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from penjing.config import Choice
from penjing.data.batches import Balanced, Order, Share, Shuffled

Balance = Literal["none", "auto", "weights", "sampling"]
UNEVEN = 3  # times the smallest class that the largest has: above it classes are balanced
RARE = 10  # above it by sampling: see `settled`


def settled(balance: Balance, sizes: Sequence[float]) -> Balance:
    """What is done: the setting, or what `auto` means for classes of these sizes.

    Weights leave each picture in its place, but a class that stands in few batches then moves the network in rare and
    large steps. Sampling is steadier, and repeats the pictures of small classes. Buda, Maki and Mazurowski, "A
    Systematic Study of the Class Imbalance Problem" (Neural Networks 2018), find it best, and the harm of doing nothing
    clear from a ratio of 10 on.
    """
    if balance != "auto":
        return balance
    ratio = max(sizes) / min(size for size in sizes if size > 0)
    return "none" if ratio <= UNEVEN else "weights" if ratio <= RARE else "sampling"


def balance_for(labels: np.ndarray, classes: Sequence[str]) -> dict[str, Choice]:
    """The setting `balance` with the counts that it follows from; nothing where classes are even.

    Args:
        labels: (N,) integers of the train split.
        classes: their names.
    """
    counts = np.bincount(labels, minlength=len(classes))
    present = np.flatnonzero(counts)
    if not len(present) or (balance := settled("auto", counts.tolist())) == "none":
        return {}
    large, small = present[counts[present].argmax()], present[counts[present].argmin()]
    why = f"`{classes[large]}` has {counts[large]:,} training pictures, `{classes[small]}` {counts[small]:,}"
    return {"balance": Choice(balance, "found in the data", why)}


def weights_of(frequencies: Sequence[float]) -> list[float]:
    """What an example of each class weighs: all classes weigh the same together, and an example 1 in the mean."""
    present = sum(frequency > 0 for frequency in frequencies)
    return [1 / (present * frequency) if frequency > 0 else 0.0 for frequency in frequencies]


def picture_weights(labels: np.ndarray, balance: Balance, frequencies: Sequence[float]) -> np.ndarray | None:
    """How much each picture counts in the loss, (N,) float32; None where all count the same.

    Args:
        labels: (N,) integers.
        balance: what is done.
        frequencies: of the classes.
    """
    return np.array(weights_of(frequencies), np.float32)[labels] if balance == "weights" else None


def order_of(labels: np.ndarray, balance: Balance, batch_size: int, seed: int, share: Share) -> Order:
    """Which examples a step sees: shuffled, or balanced where classes are sampled evenly."""
    if balance == "sampling":
        return Balanced(labels, batch_size, seed, share)
    return Shuffled(len(labels), batch_size, seed, share)
