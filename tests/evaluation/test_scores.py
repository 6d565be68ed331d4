"""Balanced accuracy, held against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from penjing.evaluation.scores import balanced_accuracy


def test_balanced_accuracy_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truths = rng.choice([0, 1, 3], size=300, p=[0.9, 0.08, 0.02])  # class 2 does not occur
    given = np.where(rng.random(300) < 0.8, truths, 0)
    score = balanced_accuracy(given == truths, truths)
    assert score.value == pytest.approx(balanced_accuracy_score(truths, given))
    assert score.low < score.value < score.high
