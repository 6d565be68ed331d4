"""Cross-validation of the digits: each picture is answered once, by what never saw it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import digits_folds
from benchmarks.digits_folds import Fold, digits, folds_of, measure


def test_each_picture_is_in_one_test_part_and_classes_are_shared_out() -> None:
    x = np.arange(100).reshape(100, 1, 1, 1)
    y = np.arange(100) % 4
    folds = list(folds_of(x, y))
    assert sorted(np.concatenate([fold.x_test.ravel() for fold in folds])) == list(range(100))
    for fold in folds:
        assert not set(fold.x_train.ravel()) & set(fold.x_test.ravel())
        assert np.bincount(fold.y_test).tolist() == [5, 5, 5, 5]


def test_folds_are_the_same_in_every_measurement() -> None:
    x, y = digits()
    first, again = (next(iter(folds_of(x, y))) for _ in range(2))
    assert np.array_equal(first.x_test, again.x_test)


def test_scores_are_over_all_pictures_and_paired_with_the_learners(monkeypatch: pytest.MonkeyPatch) -> None:
    def oracle(fold: Fold, folder: Path, settings: dict[str, Any]) -> np.ndarray:
        return np.where(np.arange(len(fold.y_test)) == 0, (fold.y_test + 1) % 10, fold.y_test)  # one wrong in each fold

    monkeypatch.setattr(digits_folds, "answered", oracle)
    result = measure(*(part[:300] for part in digits()), {})
    assert result.scores.primary.n == 300
    assert result.scores.primary.value == pytest.approx(295 / 300)
    assert np.mean(result.by_fold) == pytest.approx(295 / 300)
    majority = result.baselines["majority"]
    assert majority.ours_less_this.value == pytest.approx(295 / 300 - majority.scores.primary.value)


def test_a_fold_is_learned_from_as_a_persons_arrays(tmp_path: Path) -> None:
    fold = next(iter(folds_of(*(part[:200] for part in digits()))))
    labels = digits_folds.answered(fold, tmp_path, {"budget": "60steps"})
    assert labels.shape == fold.y_test.shape
    assert (labels == fold.y_test).mean() > 0.5
