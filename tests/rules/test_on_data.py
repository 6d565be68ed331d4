"""The rules of the data: a seeded fault in the digits is named first, the digits themselves are clean."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from penjing.config import Data
from penjing.data.dataset import Dataset, Split
from penjing.data.readers import reader_of
from penjing.rules import duplicate_across_splits, likely_wrong_labels
from penjing.rules import test_too_small as too_small
from penjing.rules.on_data import check_data
from tests.tasks.shapes import labelled, numbered

Parts = dict[str, tuple[np.ndarray, np.ndarray, list[str]]]


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return reader_of("sklearn:digits").read(Data("sklearn:digits"))


def changed(data: Dataset, change: Callable[[Parts], None]) -> Dataset:
    """The data with something done to its arrays, by split: inputs, truths, names."""
    parts = {n: (np.array(s.inputs), np.array(s.truths), list(s.names)) for n, s in data.splits.items()}
    change(parts)
    return Dataset(data.source, data.form, {name: Split(*part) for name, part in parts.items()}, data.classes)


def test_clean_digits_give_a_note_at_most_and_in_time(digits: Dataset) -> None:
    check_data(digits)  # imports scikit-learn
    began = time.perf_counter()
    found = check_data(digits)
    assert time.perf_counter() - began < 2
    assert {(one.rule, one.severity) for one in found} <= {("PJ006", "note")}


@pytest.mark.parametrize(("copies", "severity"), [(3, "warning"), (10, "error")])
def test_a_leak_between_splits_is_named_first(digits: Dataset, copies: int, severity: str) -> None:
    def leak(parts: Parts) -> None:
        for i in range(copies):
            parts["test"][0][i], parts["test"][1][i] = parts["train"][0][i], parts["train"][1][i]

    first = check_data(changed(digits, leak))[0]
    assert (first.rule, first.severity) == ("PJ002", severity)
    (found,) = first.evidence["copies"]
    assert found["pairs"][0] == f"{digits.splits['test'].name(0)} = {digits.splits['train'].name(0)}"
    assert (found["split"], found["other"], len(found["pairs"])) == ("test", "train", copies)


def test_copies_between_validation_and_test_are_told_beside_those_of_training(digits: Dataset) -> None:
    def copy(parts: Parts, into: str, out_of: str, n: int) -> None:
        for values, theirs in zip(parts[into][:2], parts[out_of][:2], strict=True):
            values[:n] = theirs[-n:]

    between = check_data(changed(digits, lambda parts: copy(parts, "test", "validation", 20)))[0]
    assert (between.rule, between.severity) == ("PJ002", "warning")
    assert between.what == "20 of 359 test examples stand in validation too (5.6%)"
    assert between.why.startswith("settings are chosen on what is then tested")

    def copy_both(parts: Parts) -> None:
        copy(parts, "test", "validation", 20)
        copy(parts, "validation", "train", 3)

    both = check_data(changed(digits, copy_both))[0]
    assert both.severity == "error"
    assert both.what == (
        "3 of 179 validation examples stand in training too (1.7%); "
        "20 of 359 test examples stand in validation too (5.6%)"
    )


def test_one_picture_with_two_labels_is_named_first(digits: Dataset) -> None:
    def contradict(parts: Parts) -> None:
        x, y, _ = parts["train"]
        x[1], y[1] = x[0], (y[0] + 1) % 10

    first = check_data(changed(digits, contradict))[0]
    assert first.rule == "PJ004"
    assert digits.splits["train"].name(0) in first.where


@pytest.mark.parametrize(("copies", "severity"), [(10, "note"), (40, "warning")])
def test_copies_within_a_split_are_counted(digits: Dataset, copies: int, severity: str) -> None:
    def repeat(parts: Parts) -> None:
        x, y, _ = parts["train"]
        x[1 : copies + 1], y[1 : copies + 1] = x[0], y[0]

    found = {one.rule: one for one in check_data(changed(digits, repeat))}["PJ005"]
    assert found.severity == severity
    assert found.what.startswith(f"{copies} of 1,259 train")


@pytest.mark.parametrize("share", [0.03, 0.05])
def test_planted_wrong_labels_are_found_and_ranked(digits: Dataset, share: float) -> None:
    """Recall and precision against the labels that were planted; the first of the list are the surest."""
    rng = np.random.default_rng(0)
    planted: set[str] = set()

    def mislabel(parts: Parts) -> None:
        for _, y, names in parts.values():
            for i in rng.choice(len(y), round(share * len(y)), replace=False):
                y[i] = (y[i] + rng.integers(1, 10)) % 10
                planted.add(names[i])

    first = check_data(changed(digits, mislabel))[0]
    assert (first.rule, first.severity) == ("PJ006", "warning")
    named = [suspect.partition(" is labelled")[0] for suspect in first.evidence["suspects"]]
    hits = [name in planted for name in named]
    assert sum(hits) >= 0.7 * len(planted)
    assert sum(hits) >= 0.9 * len(hits)
    assert sum(hits[:20]) >= 19  # one digit of the set itself is doubtful


@pytest.mark.parametrize("kept", [3, 30])
def test_a_small_class_hides_no_wrong_labels_of_the_others(digits: Dataset, kept: int) -> None:
    """Of 3 nines neighbours in other fifths tell nothing; of 30 too little for a warning."""

    def thin(parts: Parts) -> None:
        for split, (x, y, names) in parts.items():
            nines = np.flatnonzero(y == 9)
            at = np.sort(np.concatenate([np.flatnonzero(y != 9), nines[: kept if split == "train" else 0]]))
            parts[split] = x[at], np.where((at % 20 == 0) & (y[at] < 9), (y[at] + 1) % 9, y[at]), [names[i] for i in at]

    found = likely_wrong_labels.check(likely_wrong_labels.Evidence.of(changed(digits, thin)))
    assert found is not None
    assert found.severity == "warning"
    assert found.evidence["n"] == 1617 + (kept if kept == 30 else 0)


def test_suspects_of_small_classes_alone_are_a_note() -> None:
    seen = likely_wrong_labels.Evidence(n=60, known=0.9, suspects=("a.png is labelled a, looks like b",) * 5)
    found = likely_wrong_labels.check(seen)
    assert found is not None
    assert found.severity == "note"


def test_wrong_labels_are_not_guessed_where_pixels_know_nothing(digits: Dataset) -> None:
    def scramble(parts: Parts) -> None:
        for _, y, _ in parts.values():
            np.random.default_rng(0).shuffle(y)

    assert "PJ006" not in {one.rule for one in check_data(changed(digits, scramble))}


def test_suspected_is_confident_learning_by_hand() -> None:
    """Northcutt et al. 2021, equation 1: usual shares are 0.65 and 0.8; one row is below its own and at the other's."""
    shares = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7], [0.1, 0.9]])
    labels = np.array([0, 0, 0, 0, 1, 1])
    assert likely_wrong_labels.suspected(shares, labels) == [(3, 1)]


def test_pictures_are_taken_from_the_splits_that_they_stand_in(digits: Dataset) -> None:
    at, splits = np.array([0, 1258, 1259, 1796]), ("train", "validation", "test")
    cells = likely_wrong_labels._cells(digits, splits, at)
    expected = [digits.splits[split].inputs[i].ravel() for split, i in (("train", 0), ("train", -1))]
    expected += [digits.splits["validation"].inputs[0].ravel(), digits.splits["test"].inputs[-1].ravel()]
    np.testing.assert_array_equal(cells, expected)


@pytest.mark.parametrize(
    ("own_splits", "advice"),
    [
        ((), "divide otherwise: test=0.3"),
        (("validation",), "divide otherwise: test=0.3"),
        (("validation", "test"), "the source brings its own test split: put examples there"),
    ],
)
def test_a_class_that_is_missing_is_named_first(digits: Dataset, own_splits: tuple[str, ...], advice: str) -> None:
    def drop(parts: Parts) -> None:
        x, y, names = parts["test"]
        kept = y != 9
        parts["test"] = x[kept], y[kept], [name for name, keep in zip(names, kept, strict=True) if keep]

    first = check_data(replace(changed(digits, drop), own_splits=own_splits))[0]
    assert first.rule == "PJ007"
    assert first.what == "no example of 9 in test"
    assert advice in first.try_


@pytest.mark.parametrize(("kept", "advice"), [(2, "at least one for each of the 3 splits"), (3, "divide otherwise")])
def test_another_division_is_advised_where_it_can_help(digits: Dataset, kept: int, advice: str) -> None:
    def thin(parts: Parts) -> None:
        for split, (x, y, names) in parts.items():
            at = np.sort([*np.flatnonzero(y != 9), *np.flatnonzero(y == 9)[: kept if split == "train" else 0]])
            parts[split] = x[at], y[at], [names[i] for i in at]

    found = {one.rule: one for one in check_data(changed(digits, thin))}["PJ007"]
    assert advice in found.try_


@pytest.mark.parametrize(("own_splits", "is_said"), [((), True), (("test",), False)])
def test_pictures_that_are_equal_only_once_decoded_are_told_as_such(
    digits: Dataset, own_splits: tuple[str, ...], is_said: bool
) -> None:
    def leak(parts: Parts) -> None:
        parts["test"][0][0], parts["test"][1][0] = parts["train"][0][0], parts["train"][1][0]

    first = check_data(replace(changed(digits, leak), own_splits=own_splits))[0]
    assert first.rule == "PJ002"
    assert ("equal only once decoded" in first.try_) == is_said


OF = "of 100 training examples has"


@pytest.mark.parametrize(
    ("shares", "severity", "what"),
    [
        ((0.5, 0.4, 0.0), "warning", f"none {OF} `frame`"),
        ((0.5, 1.0, 0.0), "warning", f"none {OF} `frame`; each {OF} `bar`"),
        ((0, 0, 0), "error", f"none {OF} `disk`, `bar`, `frame`: no label varies"),
        ((1, 1, 1), "error", f"each {OF} `disk`, `bar`, `frame`: no label varies"),
    ],
)
def test_a_label_that_is_the_same_everywhere_is_named(shares: tuple[float, ...], severity: str, what: str) -> None:
    data = labelled(200)
    for split in data.splits.values():
        np.asarray(split.truths)[:] = np.arange(len(split))[:, None] < np.multiply(shares, len(split))
    found = {one.rule: one for one in check_data(data)}["PJ030"]
    assert (found.severity, found.what) == (severity, what)
    assert "split_seed=1" in found.try_
    own = {one.rule: one for one in check_data(replace(data, own_splits=("validation", "test")))}["PJ030"]
    assert own.try_.startswith("the source brings its own splits")
    assert "PJ030" not in {one.rule for one in check_data(labelled(200))}


@pytest.mark.parametrize("data", [labelled(200), numbered(200)], ids=["labels", "number"])
def test_a_small_test_split_is_told_in_words_for_any_score(data: Dataset) -> None:
    found = {one.rule: one for one in check_data(data)}["PJ025"]
    assert found.what == "the test split has 50 examples: any score of it has a wide interval"


@pytest.mark.parametrize(
    ("own_splits", "advice"), [((), "test=0.3, or"), (("test",), "collect more: the source brings its own")]
)
def test_no_other_share_is_advised_where_the_source_divides(own_splits: tuple[str, ...], advice: str) -> None:
    found = {one.rule: one for one in check_data(replace(labelled(200), own_splits=own_splits))}["PJ025"]
    assert found.try_.startswith(advice)


def test_an_empty_split_misses_no_class() -> None:
    whole = reader_of("sklearn:digits").read(Data("sklearn:digits", validation=0.0))
    assert "PJ007" not in {one.rule for one in check_data(whole)}


@pytest.mark.parametrize(("kept", "fires"), [(13, False), (12, True)])
def test_imbalance_begins_at_ten_times(digits: Dataset, kept: int, fires: bool) -> None:
    def thin(parts: Parts) -> None:
        x, y, names = parts["train"]
        at = np.sort(np.concatenate([np.flatnonzero(y != 9), np.flatnonzero(y == 9)[:kept]]))
        parts["train"] = x[at], y[at], [names[i] for i in at]

    found = [one for one in check_data(changed(digits, thin)) if one.severity != "note"]
    assert [one.rule for one in found] == (["PJ009"] if fires else [])


def test_a_small_test_split_is_named_first() -> None:
    small = reader_of("sklearn:digits").read(Data("sklearn:digits", test=0.05))
    first = check_data(small)[0]
    assert first.rule == "PJ025"
    assert "that of an accuracy of 0.9 would be 0.13 wide" in first.what


@pytest.mark.parametrize("n", [20, 130, 150, 1000])
def test_wilson_width_is_scipys(n: int) -> None:
    from scipy.stats import binomtest

    interval = binomtest(9 * n // 10, n).proportion_ci(method="wilson")
    assert too_small.wilson_width(0.9, n) == pytest.approx(interval.high - interval.low, abs=1e-6)
    assert (too_small.check(too_small.Evidence(n)) is None) == (n >= 141)


def test_a_line_of_text_on_both_sides_is_named_and_empty_lines_are_not() -> None:
    lines = {"train": ["Ann", "Bob", "", " "], "validation": ["Cid"], "test": ["Bob", "", " "]}
    text = Dataset("names.txt", "text", {name: Split(values, values) for name, values in lines.items()})
    assert [one.rule for one in check_data(text)] == ["PJ002"]
    assert [one.pairs for one in duplicate_across_splits.Evidence.of(text).copies] == [("#0 = #1",)]


def test_worlds_have_no_such_faults() -> None:
    world = reader_of("cartpole").read(Data("cartpole"))
    assert check_data(world) == []
