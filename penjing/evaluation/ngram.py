"""N-gram models of characters, the baselines of text: modified Kneser-Ney, interpolated down to the uniform. No torch.

Kneser and Ney, "Improved backing-off for m-gram language modeling", ICASSP 1995; modified and interpolated as in Chen
and Goodman, "An empirical study of smoothing techniques for language modeling", Computer Speech and Language 1999,
section 3 and equation 26, where it was the strongest of all; on our texts it beats Witten-Bell's smoothing too.
Counts are kept as sorted codes, so that the vocabulary may be large.
"""

from collections.abc import Sequence

import numpy as np


class NGram:
    """The probability of a character after the `order - 1` before it.

    Args:
        texts: (n,) integers in [0, vocabulary) each; 0 is what stands before a text.
        order: 1 is the unigram, 2 the bigram, 3 the trigram.
        vocabulary: V; `V ** order` must fit into 63 bits.
    """

    def __init__(self, texts: Sequence[np.ndarray], order: int, vocabulary: int) -> None:
        self.order, self.vocabulary = order, vocabulary
        grams, counts = np.unique(self._code(_windows(texts, order)), return_counts=True)
        self.levels = [_Level(grams, counts, vocabulary)]
        for shorter in range(order - 1, 0, -1):
            # below the top a gram counts by how many characters it was seen after, not by how often
            grams, counts = np.unique(grams % vocabulary**shorter, return_counts=True)
            self.levels.insert(0, _Level(grams, counts, vocabulary))

    def probabilities(self, windows: np.ndarray) -> np.ndarray:
        """Probability of each last character given those before it: (N, order) integers -> (N,) float64."""
        p = np.full(len(windows), 1 / self.vocabulary)
        for length, level in enumerate(self.levels, start=1):
            p = level.interpolate(self._code(windows[:, self.order - length :]), p)
        return p

    def nats(self, texts: Sequence[np.ndarray]) -> np.ndarray:
        """What each text costs in all, (len(texts),) float64."""
        cost = -np.log(self.probabilities(_windows(texts, self.order)))
        return np.bincount(np.repeat(np.arange(len(texts)), [len(text) for text in texts]), cost, len(texts))

    def _code(self, windows: np.ndarray) -> np.ndarray:
        """(N, n) integers to one number each, the last character in the lowest place."""
        return windows @ self.vocabulary ** np.arange(windows.shape[1] - 1, -1, -1, dtype=np.int64)


class _Level:
    """Grams of one length: discounted counts, and what the discount leaves to the level below."""

    def __init__(self, grams: np.ndarray, counts: np.ndarray, vocabulary: int) -> None:
        discount = _discounts(counts)[np.minimum(counts, 3)]
        self.vocabulary, self.grams, self.kept = vocabulary, grams, counts - discount
        self.contexts, at = np.unique(grams // vocabulary, return_inverse=True)
        self.total = np.bincount(at, counts)
        self.left = np.bincount(at, discount)

    def interpolate(self, grams: np.ndarray, below: np.ndarray) -> np.ndarray:
        """Mix with the probabilities of the level below; a context that was never seen leaves them as they are."""
        contexts = grams // self.vocabulary
        total = _look_up(self.contexts, self.total, contexts)
        mixed = _look_up(self.grams, self.kept, grams) + _look_up(self.contexts, self.left, contexts) * below
        return np.where(total > 0, mixed / np.maximum(total, 1), below)


def _windows(texts: Sequence[np.ndarray], order: int) -> np.ndarray:
    """Each character of all texts with the `order - 1` before it, (N, order); 0 stands before a text."""
    before = np.zeros(order - 1, dtype=np.int64)
    padded = [np.lib.stride_tricks.sliding_window_view(np.concatenate([before, text]), order) for text in texts]
    return np.concatenate(padded)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """What is taken from counts of 0, 1, 2, and 3 or more; a half where there are too few small counts to tell."""
    n1, n2, n3, n4 = (np.count_nonzero(counts == count) for count in (1, 2, 3, 4))
    if not (n1 and n2 and n3 and n4):
        return np.array([0, 0.5, 0.5, 0.5])
    y = n1 / (n1 + 2 * n2)
    discounts = np.array([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return np.maximum.accumulate(discounts)  # more is never taken from less; so each context leaves something below


def _look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key, 0 where there is none; keys are sorted."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)
