"""Simple learners: exact on small data, within bounds on large data, and their names say which."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from penjing.evaluation import baselines
from penjing.evaluation.baselines import Bounds, nearest_neighbour, simple_learners


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pictures, labels = load_digits(return_X_y=True)
    x = np.rint(pictures * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8, 1)
    return x[:1200], labels[:1200], x[1200:]


def test_small_data_is_learned_from_as_it_is(digits: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    x, y, queries = digits
    flat, asked = (pictures.reshape(len(pictures), -1) / 255 for pictures in (x, queries))
    found = simple_learners(x, y, queries)
    assert list(found) == ["majority", "nearest neighbour", "SVM"]
    assert (found["majority"] == np.bincount(y).argmax()).all()
    assert (found["nearest neighbour"] == KNeighborsClassifier(1).fit(flat, y).predict(asked)).all()
    assert (found["SVM"] == SVC().fit(flat, y).predict(asked)).all()


def test_many_classes_of_few_pictures_are_learned_without_a_word(recwarn: pytest.WarningsRecorder) -> None:
    x = np.arange(24, dtype=np.uint8).repeat(4).reshape(24, 2, 2, 1)
    found = simple_learners(x, np.arange(24), x)
    assert {name: len(guesses) for name, guesses in found.items()} == dict.fromkeys(found, 24)
    assert recwarn.list == []


def test_of_large_data_no_more_is_looked_at_than_the_bounds_say(
    digits: tuple[np.ndarray, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y, queries = digits
    monkeypatch.setattr(baselines, "SVM", Bounds(400, 1e12))
    monkeypatch.setattr(baselines, "NEAREST", Bounds(5000, 1200 * len(queries) * 16))
    found = simple_learners(x, y, queries)
    assert list(found) == ["majority", "nearest neighbour on 1,200 pictures of 4x4", "SVM on 400 pictures of 8x8"]
    truths = load_digits().target[1200:]
    assert all((guesses == truths).mean() > 0.85 for name, guesses in found.items() if name != "majority")


def test_pictures_of_many_pixels_are_averaged_down() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (30, 48, 96, 3), dtype=np.uint8)
    found = nearest_neighbour(x, np.arange(30), x[::-1])
    assert list(found) == ["nearest neighbour on 30 pictures of 16x16"]
    assert found["nearest neighbour on 30 pictures of 16x16"].tolist() == list(range(30))[::-1]


def test_the_nearest_neighbour_gives_any_kind_of_truth() -> None:
    x = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1)
    (numbers,) = nearest_neighbour(x, np.array([0.5, 1.5, 2.5, 3.5], dtype=np.float32), x[2:]).values()
    (rows,) = nearest_neighbour(x, np.eye(4, dtype=bool), x[2:]).values()
    assert numbers.tolist() == [2.5, 3.5]
    assert (rows == np.eye(4, dtype=bool)[2:]).all()


def test_a_sample_of_one_class_is_answered_with_that_class() -> None:
    x = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1)
    assert simple_learners(x, np.full(6, 2), x)["SVM"].tolist() == [2] * 6
