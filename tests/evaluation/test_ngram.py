"""N-gram models, held against hand counts, against the sums that probabilities must keep, and against the paper."""

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest

from penjing.evaluation.ngram import NGram

RNG = np.random.default_rng(0)
TEXTS = [RNG.choice(np.arange(1, 6), p=[0.5, 0.2, 0.15, 0.1, 0.05], size=int(n)) for n in RNG.integers(1, 9, 400)]
VOCABULARY = 8  # 6 and 7 never occur, nor does 0 inside a text


@pytest.mark.parametrize("order", [1, 2, 3])
def test_probabilities_of_every_context_sum_to_one(order: int) -> None:
    model = NGram(TEXTS, order, VOCABULARY)
    contexts = list(product(range(VOCABULARY), repeat=order - 1))  # those never seen among them
    windows = np.array([[*context, last] for context in contexts for last in range(VOCABULARY)])
    p = model.probabilities(windows).reshape(len(contexts), VOCABULARY)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)
    assert (p > 0).all()


def test_a_bigram_agrees_with_a_hand_count() -> None:
    # "ab" and "aab" with a = 1, b = 2: after the start a, a; after a: b, a, b. So few counts take the discount 1/2.
    model = NGram([np.array([1, 2]), np.array([1, 1, 2])], 2, 3)
    continuations = {1: 2, 2: 1}  # a follows two characters (start, a), b one
    unigram = {x: (continuations.get(x, 0.5) - 0.5 + 2 * 0.5 / 3) / 3 for x in range(3)}
    after_a = {x: (max({1: 1, 2: 2}.get(x, 0) - 0.5, 0) + 2 * 0.5 * unigram[x]) / 3 for x in range(3)}
    found = model.probabilities(np.array([[1, 0], [1, 1], [1, 2]]))
    np.testing.assert_allclose(found, [after_a[0], after_a[1], after_a[2]])


def reference(order: int, context: tuple[int, ...], last: int) -> float:
    """Chen and Goodman 1999, section 3, written as in the paper: slow and plain."""
    padded = [(*[0] * (order - 1), *text.tolist()) for text in TEXTS]
    top = Counter(text[i : i + order] for text in padded for i in range(len(text) - order + 1))

    def counts(length: int) -> Counter[tuple[int, ...]]:
        return top if length == order else Counter(gram[1:] for gram in counts(length + 1))

    def p(context: tuple[int, ...]) -> float:
        seen = counts(len(context) + 1)
        n = Counter(seen.values())
        if all(n[i] for i in (1, 2, 3, 4)):
            y = n[1] / (n[1] + 2 * n[2])
            d1, d2, d3 = 1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]
            discount = {1: d1, 2: max(d1, d2), 3: max(d1, d2, d3)}
        else:
            discount = dict.fromkeys((1, 2, 3), 0.5)
        after = {gram[-1]: count for gram, count in seen.items() if gram[:-1] == context}
        below = p(context[1:]) if context else 1 / VOCABULARY
        if not after:
            return below
        kept = max(after[last] - discount[min(after[last], 3)], 0) if last in after else 0
        left = sum(discount[min(count, 3)] for count in after.values())
        return (kept + left * below) / sum(after.values())

    return p(context)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_modified_kneser_ney_is_that_of_the_paper(order: int) -> None:
    windows = RNG.integers(0, VOCABULARY, (40, order))
    found = NGram(TEXTS, order, VOCABULARY).probabilities(windows)
    np.testing.assert_allclose(found, [reference(order, tuple(row[:-1].tolist()), int(row[-1])) for row in windows])


def test_a_text_costs_the_sum_of_its_characters() -> None:
    model = NGram(TEXTS, 2, VOCABULARY)
    p = model.probabilities(np.array([[0, 2], [2, 1], [0, 3]]))
    np.testing.assert_allclose(model.nats([np.array([2, 1]), np.array([3])]), [-math.log(p[0] * p[1]), -math.log(p[2])])
