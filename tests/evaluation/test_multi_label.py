"""Scores of several labels, held against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score

from penjing.evaluation.multi_label import fitted_thresholds, multi_label
from penjing.evaluation.scores import Scores

CLASSES = ("a", "b", "c", "d")


def some(n: int = 200, *, levels: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities with many ties, and truths that they know a little of."""
    rng = np.random.default_rng(0)
    truths = rng.random((n, 4)) < (0.5, 0.3, 0.1, 0.02)
    probabilities = np.round(np.clip(0.3 * truths + rng.random((n, 4)) * 0.7, 0, 1) * levels) / levels
    return probabilities, truths


def scored(probabilities: np.ndarray, truths: np.ndarray) -> Scores:
    return multi_label(probabilities, probabilities >= 0.5, truths, CLASSES, (0.5,) * 4)


def test_they_are_those_of_scikit_learn() -> None:
    probabilities, truths = some()
    scores = scored(probabilities, truths)
    assert scores.primary.value == pytest.approx(average_precision_score(truths, probabilities, average="macro"))
    micro_f1, exact = scores.others
    assert micro_f1.value == pytest.approx(f1_score(truths, probabilities >= 0.5, average="micro"))
    assert exact.value == ((probabilities >= 0.5) == truths).all(axis=1).mean()
    for k, row in enumerate(scores.details["labels"]):
        assert row["average precision"] == pytest.approx(average_precision_score(truths[:, k], probabilities[:, k]))
        assert row["F1"] == pytest.approx(f1_score(truths[:, k], probabilities[:, k] >= 0.5))


def test_a_draw_is_the_score_of_its_resample() -> None:
    from penjing.randomness import generator

    probabilities, truths = some(60)
    at = generator(0, "bootstrap 60", 7).integers(0, 60, 60)
    held = truths[at].any(axis=0)
    expected = average_precision_score(truths[at][:, held], probabilities[at][:, held], average="macro")
    assert scored(probabilities, truths).draws[7] == pytest.approx(expected)


def test_a_label_that_never_holds_counts_neither_way() -> None:
    probabilities, truths = some()
    truths[:, 3] = False
    scores = scored(probabilities, truths)
    assert scores.primary.value == pytest.approx(average_precision_score(truths[:, :3], probabilities[:, :3]))
    assert scores.details["labels"][3]["average precision"] is None
    assert scores.details["labels averaged"] == 3
    assert scores.primary.method.endswith("; the mean of 3 of 4 labels, the others never hold here")
    assert "labels" not in scored(*some()).primary.method
    truths[:] = False
    assert scored(probabilities, truths).primary.value == 0


def test_thresholds_do_not_change_the_primary_score() -> None:
    probabilities, truths = some()
    other = multi_label(probabilities, probabilities >= 0.2, truths, CLASSES, (0.2,) * 4)
    assert other.primary == scored(probabilities, truths).primary


@given(st.integers(0, 10_000), st.integers(2, 40))
def test_no_threshold_gives_a_higher_f1_than_the_one_that_is_chosen(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities, truths = np.round(rng.random(30) * levels) / levels, rng.random(30) < 0.3
    truths[0] = True

    def f1(threshold: float) -> float:
        answered = probabilities >= threshold
        return float(2 * (answered & truths).sum() / (answered.sum() + truths.sum()))

    (chosen,) = fitted_thresholds(probabilities[:, None], truths[:, None])
    assert f1(chosen) == pytest.approx(max(f1(level) for level in probabilities))


@pytest.mark.parametrize(
    ("probabilities", "truths", "expected"),
    [
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 0.5),  # all between 0.2 and 0.8 are as good: 0.5 stays
        ([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1], 0.25),
        ([0.6, 0.7, 0.8, 0.9], [0, 0, 1, 1], 0.75),
        ([0.1, 0.9], [0, 0], 0.5),  # never holds
        ([0.2, 0.2], [1, 1], 0.1),
    ],
)
def test_of_equally_good_thresholds_the_nearest_to_a_half_is_taken(
    probabilities: list[float], truths: list[int], expected: float
) -> None:
    found = fitted_thresholds(np.array(probabilities)[:, None], np.array(truths, dtype=bool)[:, None])
    assert found == pytest.approx((expected,))
