"""The learning rate as a function of the share of the budget that is spent: nothing to save, nothing to restore."""

import math

from penjing.config import Train


def rate(fraction: float, train: Train) -> float:
    """The learning rate at a fraction in [0, 1] of the run: a linear rise over the warm-up, then the schedule down.

    Source: Goyal et al., "Accurate, large minibatch SGD", 2017 (warm-up); Loshchilov and Hutter, "SGDR", 2017 (cosine).
    """
    if fraction < train.warmup:
        return train.lr * max(fraction / train.warmup, 0.01)  # never quite zero: the first step should count
    rest = min((fraction - train.warmup) / (1 - train.warmup), 1.0)
    if train.schedule == "cosine":
        return train.lr * 0.5 * (1 + math.cos(math.pi * rest))
    if train.schedule == "linear":
        return train.lr * (1 - rest)
    return train.lr
