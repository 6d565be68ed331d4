"""Arrays as pictures and truths: what is decided is right and said, what cannot be decided is refused."""

import numpy as np
import pytest

from penjing.config import TargetType
from penjing.data.array_pictures import as_pictures, as_truths, expect_counts, join
from penjing.findings import PenjingError

RNG = np.random.default_rng(0)
COLORS = RNG.integers(0, 256, (6, 5, 7, 3), dtype=np.uint8)
COLORS[0, 0, 0] = 0, 128, 255  # the darkest and the brightest are among them
GREYS = RNG.integers(0, 256, (6, 5, 7), dtype=np.uint8)


@pytest.mark.parametrize(
    ("array", "same_as"),
    [
        (COLORS, COLORS),
        (GREYS, GREYS[..., None]),
        (np.moveaxis(COLORS, 3, 1), COLORS),
        (GREYS[:, :5, :5].reshape(6, 25), GREYS[:, :5, :5, None]),
        (COLORS.astype(np.float32) / 255, COLORS),
        (COLORS.astype(np.float64), COLORS),
        (COLORS * np.float32(1.000001 / 255), COLORS),
        (COLORS / 255 - 1e-7, COLORS),
        (COLORS * 1.000001, COLORS),
        (COLORS.astype(np.int64), COLORS),
        (GREYS > 99, np.where(GREYS > 99, 255, 0)[..., None]),
    ],
    ids=[
        *("colors", "greys", "channels-first", "flat", "unit-floats", "floats"),
        *("above-1", "below-0", "above-255", "int64", "bool"),
    ],
)
def test_pictures_come_out_as_they_were(array: np.ndarray, same_as: np.ndarray) -> None:
    pictures, notes = as_pictures(array, "x")
    assert pictures.dtype == np.uint8
    assert np.array_equal(pictures, same_as)
    assert bool(notes) == (array is not COLORS and array is not GREYS)


@pytest.mark.parametrize(
    ("array", "rule"),
    [
        (np.full((3, 4, 4), np.nan), "not-finite"),
        (np.full((3, 4, 4), np.inf), "not-finite"),
        (np.full((3, 4, 4), -0.5), "out-of-range"),
        (np.full((3, 4, 4), 300), "out-of-range"),
        (np.full((3, 4, 4), 256), "out-of-range"),
        (np.full((3, 4, 4), -1), "out-of-range"),
        (np.full((3, 4, 4), 1.02), "out-of-range"),
        (np.full((3, 4, 4), "a"), "bad-dtype"),
        (np.zeros((3, 4, 4), complex), "bad-dtype"),
        (np.zeros((3, 3, 9, 3), np.uint8), "bad-axes"),
        (np.zeros((3, 5, 5, 5), np.uint8), "bad-axes"),
        (np.zeros((3, 7), np.uint8), "bad-axes"),
        (np.zeros(3, np.uint8), "bad-axes"),
        (np.zeros((), np.uint8), "bad-axes"),
        (np.zeros((3, 0, 4), np.uint8), "bad-axes"),
        (np.zeros((3, 4, 0, 3), np.uint8), "bad-axes"),
    ],
)
def test_pictures_that_could_be_anything_are_refused(array: np.ndarray, rule: str) -> None:
    with pytest.raises(PenjingError) as caught:
        as_pictures(array, "x")
    assert caught.value.finding.rule == rule


def test_rows_that_are_not_finite_are_named() -> None:
    array = np.zeros((9, 2, 2), np.float32)
    array[[4, 7], 0, 1] = np.nan
    with pytest.raises(PenjingError) as caught:
        as_pictures(array, "x")
    assert caught.value.finding.evidence["rows"] == [4, 7]


@pytest.mark.parametrize(
    ("array", "kind", "values", "classes"),
    [
        (np.array([[1], [0], [2]], np.uint8), "class", [1, 0, 2], ("0", "1", "2")),
        (np.array([10, 30, 10]), "class", [0, 1, 0], ("10", "30")),
        (np.array(["cat", "ape", "cat"]), "class", [1, 0, 1], ("ape", "cat")),
        (np.array([b"cat", b"ape", b"cat"]), "class", [1, 0, 1], ("ape", "cat")),
        (np.eye(3, dtype=np.float32)[[2, 0, 1]], "class", [2, 0, 1], ("0", "1", "2")),
        (np.array([[1, 1], [0, 0], [1, 0]]), "labels", [[True, True], [False, False], [True, False]], ("0", "1")),
        (np.array([0.5, 1, 2]), "number", [0.5, 1, 2], ("y",)),
        (np.array([True, False, True]), "class", [1, 0, 1], ("False", "True")),
    ],
    ids=["column", "gaps", "names", "bytes", "one-hot", "labels", "number", "bool"],
)
def test_truths_are_what_they_look_like(
    array: np.ndarray, kind: str, values: list[object], classes: tuple[str, ...]
) -> None:
    truths = as_truths(array, "npz: y", "y")
    assert (truths.kind, truths.values.tolist(), truths.classes) == (kind, values, classes)


@pytest.mark.parametrize(
    ("array", "names", "is_numbered"),
    [
        (np.array([0, 1, 0]), (), True),
        (np.array([0, 1, 0]), ("A", "B"), False),
        (np.array(["A", "B", "A"]), (), False),
        (np.eye(2)[[1, 0, 1]], (), True),
        (np.eye(2)[[1, 0, 1]], ("A", "B"), False),
        (np.ones((3, 2)), (), True),
        (np.array([0.5, 1.5]), (), False),
    ],
)
def test_classes_that_nobody_named_are_known_as_such(
    array: np.ndarray, names: tuple[str, ...], is_numbered: bool
) -> None:
    assert as_truths(array, "npz: y", "y", names).is_numbered == is_numbered


@pytest.mark.parametrize(
    ("array", "meant", "kind", "values", "classes"),
    [
        (np.array([10, 30, 10]), "number", "number", [10, 30, 10], ("y",)),
        (np.array([[1], [0], [2]], np.uint8), "number", "number", [1, 0, 2], ("y",)),
        (np.array([2.0, 0.0, 5.0]), "class", "class", [1, 0, 2], ("0", "2", "5")),
        (np.array([True, False, True]), "class", "class", [1, 0, 1], ("False", "True")),
        (np.array([2**60, 2**60 + 1]), "class", "class", [0, 1], (str(2**60), str(2**60 + 1))),
        (np.eye(2)[[1, 0, 1]], "class", "class", [1, 0, 1], ("0", "1")),
        (np.array(["cat", "ape"]), "class", "class", [1, 0], ("ape", "cat")),
    ],
    ids=["integers", "column", "whole-floats", "bool", "large", "one-hot", "names"],
)
def test_truths_are_what_they_are_said_to_be(
    array: np.ndarray, meant: TargetType, kind: str, values: list[object], classes: tuple[str, ...]
) -> None:
    truths = as_truths(array, "npz: y", "y", kind=meant)
    assert (truths.kind, truths.values.tolist(), truths.classes) == (kind, values, classes)


@pytest.mark.parametrize(
    ("array", "meant", "rule", "says"),
    [
        (np.array([0, 1, 0.5, 2.5]), "class", "not-classes", "2 of 4 values are no whole numbers, such as 0.5"),
        (np.array([1.0, np.nan]), "class", "not-finite", "1 of 2"),
        (np.eye(3), "number", "bad-axes", "target_type=number"),
        (np.array(["cat", "ape"]), "number", "bad-axes", "integers or floats"),
    ],
    ids=["fractions", "nan", "two-dimensions", "names"],
)
def test_truths_that_are_not_what_they_are_said_to_be_are_refused(
    array: np.ndarray, meant: TargetType, rule: str, says: str
) -> None:
    with pytest.raises(PenjingError) as caught:
        as_truths(array, "y", kind=meant)
    assert caught.value.finding.rule == rule
    assert says in caught.value.finding.what


@pytest.mark.parametrize("values", [[1.7e9, 1.7e9 + 20], [0.0, 1e39]], ids=["times", "huge"])
@pytest.mark.parametrize("kind", ["auto", "number"])
def test_numbers_that_float32_cannot_tell_apart_are_refused(values: list[float], kind: TargetType) -> None:
    with pytest.raises(PenjingError) as caught:
        as_truths(np.array(values), "y", kind=kind)
    assert caught.value.finding.rule == "too-fine"


@pytest.mark.parametrize("values", [[0.1, 0.1], [1e5, 1e5 + 20], [-0.3, 0.7], [1e-30, 3e-30]])
def test_numbers_are_rounded_to_float32(values: list[float]) -> None:
    assert as_truths(np.array(values), "y", kind="number").values.tolist() == pytest.approx(values, rel=1e-6)


@pytest.mark.parametrize(
    ("array", "rule"),
    [
        (np.array([0, -1, 2]), "out-of-range"),
        (np.array([0, 1, 2, 3]), "out-of-range"),
        (np.array([0.5, np.nan]), "not-finite"),
        (np.array([[0.5, 2.0], [0.5, 1.0]]), "bad-axes"),
        (np.array([1j]), "bad-dtype"),
    ],
    ids=["negative", "beyond-the-names", "nan", "two-numbers", "complex"],
)
def test_truths_that_mean_nothing_are_refused(array: np.ndarray, rule: str) -> None:
    with pytest.raises(PenjingError) as caught:
        as_truths(array, "y", names=("a", "b", "c"))
    assert caught.value.finding.rule == rule


@pytest.mark.parametrize(
    ("array", "names", "says"),
    [
        (np.array([[1, 1], [0, 0]]), ("a", "b", "c"), "3 names"),
        (np.array([0.5, 1.5]), ("a", "b"), "2 names"),
        (np.array(["a", "b"]), ("c", "d"), "2 names"),
        (np.array(["a", "b"]), ("b", "a"), ""),
        (np.array([[1, 1], [0, 0]]), ("a", "b"), ""),
        (np.array([0, 1]), ("a", "b", "c"), ""),
    ],
)
def test_names_that_fit_no_class_are_left_out_and_said(array: np.ndarray, names: tuple[str, ...], says: str) -> None:
    notes = [note for note in as_truths(array, "y", names=names).notes if "names" in note]
    assert [says in note for note in notes] == ([True] if says else [])


def test_classes_of_one_name_are_told_apart() -> None:
    names = ("crane", "dog", "crane")
    assert as_truths(np.array([0, 1, 2]), "y", names=names).classes == ("crane (0)", "dog", "crane (2)")


def test_counts_and_shapes_that_differ_are_refused() -> None:
    for call, rule in (
        (lambda: expect_counts(3, 4, "x"), "counts-differ"),
        (lambda: join([COLORS, GREYS], "x"), "bad-axes"),
    ):
        with pytest.raises(PenjingError) as caught:
            call()
        assert caught.value.finding.rule == rule
