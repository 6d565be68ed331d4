"""Dividing what was found: groups never cross, shares are near what was asked, a source's own splits stay."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penjing.config import Data
from penjing.data.dataset import Dataset
from penjing.data.division import Found, divided, refuse_empty
from penjing.data.picture_files import PictureFile
from penjing.findings import PenjingError
from penjing.rules.group_across_splits import RULE

SIZES = st.lists(st.integers(1, 30), min_size=7, max_size=25)  # of two classes and mixed groups one has three or more


def files(names: Sequence[str]) -> list[PictureFile]:
    return [PictureFile("root", name, i + 1, i) for i, name in enumerate(names)]


def found(names: Sequence[str], truths: Sequence[int] | np.ndarray, **more: object) -> Found:
    classes = tuple(map(str, range(int(max(truths)) + 1)))
    return replace(Found(files(names), np.asarray(truths), "class", classes), **more)  # type: ignore[arg-type]


def keys_of(data: Dataset, keys: dict[str, str]) -> list[set[str]]:
    return [{keys[file.name] for file in split.inputs} for split in data.splits.values()]


def expect_apart(held: list[set[str]]) -> None:
    assert not (held[0] & held[1] or held[0] & held[2] or held[1] & held[2])


@settings(deadline=None)
@given(SIZES, st.integers(0, 5), st.booleans())
def test_groups_never_cross_and_shares_are_near(sizes: list[int], seed: int, by_column: bool) -> None:
    patients = [f"p{i}" for i, n in enumerate(sizes) for _ in range(n)]
    names = [f"{patient}_{k}.png" for k, patient in enumerate(patients)]
    truths = np.random.default_rng(seed).integers(0, 2, len(names))
    truths[:2] = 0, 1
    asked = Data(source="x", group="patient" if by_column else r"^(p\d+)_", split_seed=seed)
    data = divided(found(names, truths, columns={"patient": patients} if by_column else {}), asked)
    expect_apart(keys_of(data, dict(zip(names, patients, strict=True))))
    assert sum(map(len, data.splits.values())) == len(names)
    assert all(map(len, data.splits.values()))
    for split, share in (("validation", 0.1), ("test", 0.2)):
        strata = 3  # pure groups of either class, and mixed ones: each cut falls at most half a group beside its place
        assert abs(len(data.splits[split]) - share * len(names)) <= strata * (max(sizes) + 1)


def test_many_groups_of_one_size_give_the_shares_that_were_asked() -> None:
    patients = np.repeat(np.arange(100), 7)
    names = [f"{p}/{i}.png" for i, p in enumerate(patients)]
    data = divided(found(names, np.arange(700) % 3), Data(source="x", group="folder"))
    assert {split: len(examples) for split, examples in data.splits.items()} == {
        "train": 490,
        "validation": 70,
        "test": 140,
    }


@settings(deadline=None)
@given(st.integers(20, 300), st.integers(0, 3))
def test_groups_of_time_are_neighbours(n: int, seed: int) -> None:
    names = [f"frame-{i}.png" for i in range(n)]
    shuffled = np.random.default_rng(seed).permutation(n)
    data = divided(
        found([names[i] for i in shuffled], np.arange(n) % 2), Data(source="x", group="time", split_seed=seed)
    )
    split_of = {file.name: split for split, examples in data.splits.items() for file in examples.inputs}
    in_time = [split_of[name] for name in names]
    assert sum(a != b for a, b in itertools.pairwise(in_time)) < 20  # borders of 20 blocks at most
    assert set(in_time) == {"train", "validation", "test"}


def test_each_example_tells_its_group_where_any_was_asked_for() -> None:
    patients = np.repeat(np.arange(30), 7)
    names = [f"{p}/{i}.png" for i, p in enumerate(patients)]
    grouped = divided(found(names, np.arange(210) % 3), Data(source="x", group="folder"))
    plain = divided(found(names, np.arange(210) % 3), Data(source="x"))
    groups_of = []
    for examples in grouped.splits.values():
        assert examples.groups is not None
        folders = [file.name.split("/")[0] for file in examples.inputs]
        pairs = set(zip(folders, examples.groups.tolist(), strict=True))
        assert len(pairs) == len(set(folders)) == len(np.unique(examples.groups))
        groups_of.append(set(examples.groups.tolist()))
    assert len(set.union(*groups_of)) == 30
    assert all(examples.groups is None for examples in plain.splits.values())


def test_what_is_grouped_otherwise_is_other_data() -> None:
    """Intervals are of groups: scores of the same pictures in others could not be paired."""
    names = [f"{i // 50}/{i}.png" for i in range(200)]
    given = ["train", "test"] * 100
    groupings = ("", "folder", r"(\d)\.png")
    data = [
        divided(found(names, np.arange(200) % 3, given=given), Data(source="x", group=group)) for group in groupings
    ]
    assert len({one.fingerprint for one in data}) == 3


def test_a_pattern_is_looked_for_in_file_names_and_else_in_paths() -> None:
    names = [f"{'ab'[i % 2]}/day{i // 20}/p{i // 10}_{i}.png" for i in range(200)]
    for pattern, keys in (
        (r"^(p\d+)_", [f"p{i // 10}" for i in range(200)]),
        (r"day\d+", [i // 20 for i in range(200)]),
    ):
        data = divided(found(names, np.arange(200) % 2), Data(source="x", group=pattern))
        expect_apart(keys_of(data, dict(zip(names, map(str, keys), strict=True))))
        assert data.notes[-1].startswith(f"{len(set(keys))} groups by")


def test_rows_of_a_sequence_are_in_order_of_time_whatever_their_names() -> None:
    names = [f"{i}.png" for i in np.random.default_rng(0).permutation(200)]
    data = divided(found(names, np.arange(200) % 2, is_sequence=True), Data(source="x", group="time"))
    test = sorted(names.index(file.name) for file in data.splits["test"].inputs)
    assert sum(b - a > 1 for a, b in itertools.pairwise(test)) < 4  # four blocks of ten


def test_equal_arrays_stay_together_whatever_else_is_asked() -> None:
    pictures = np.repeat(np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1), dtype=np.uint8), 3, axis=0)
    base = Found(pictures, np.arange(120) % 2, "class", ("a", "b"), columns={"day": [str(i % 60) for i in range(120)]})
    for group in ("", "day"):
        data = divided(base, Data(source="x", group=group))
        held = [{picture.tobytes() for picture in split.inputs} for split in data.splits.values()]
        assert not (held[0] & held[1] or held[0] & held[2] or held[1] & held[2])


def test_a_sources_own_splits_stay_as_they_are_and_a_broken_group_is_said() -> None:
    names = [f"{i % 5}/{i}.png" for i in range(50)]
    given_splits = ["train"] * 30 + ["validation"] * 10 + ["test"] * 10
    data = divided(found(names, np.arange(50) % 2, given=given_splits), Data(source="x", group="folder"))
    assert [file.name for file in data.splits["test"].inputs] == names[40:]
    assert "5 of them stand in several splits" in data.notes[-1]
    told = RULE.check(RULE.needs.of(data))
    assert told is not None
    assert (told.severity, len(told.evidence["groups"])) == ("error", 5)
    assert "0/0.png (train) and " in told.where


def test_a_group_that_no_split_cuts_is_not_told() -> None:
    names = [f"{i % 5}/{i}.png" for i in range(50)]
    data = divided(found(names, np.arange(50) % 2), Data(source="x", group="folder"))
    assert RULE.check(RULE.needs.of(data)) is None


def test_one_part_held_back_is_the_test_and_validation_comes_from_training() -> None:
    names = [f"{i}.png" for i in range(100)]
    data = divided(found(names, np.arange(100) % 2, given=["train"] * 80 + ["validation"] * 20), Data(source="x"))
    assert [file.name for file in data.splits["test"].inputs] == names[80:]
    assert len(data.splits["validation"]) == 8
    assert "it is the test split" in data.notes[0]


@pytest.mark.parametrize(
    ("theirs", "own_splits"),
    [
        ((), ()),
        (("train",), ()),
        (("train", "test"), ("test",)),
        (("train", "validation"), ("test",)),
        (("train", "validation", "test"), ("validation", "test")),
    ],
)
def test_splits_that_the_source_brings_are_known(theirs: tuple[str, ...], own_splits: tuple[str, ...]) -> None:
    of_each = [split for i in range(60) for split in theirs[i % len(theirs) :][:1]] if theirs else []
    data = divided(found([f"{i}.png" for i in range(60)], np.arange(60) // 3 % 2, given=of_each), Data(source="x"))
    assert data.own_splits == own_splits
    assert all(map(len, data.splits.values()))


def test_groups_too_large_for_their_share_are_said() -> None:
    names = [f"{i % 2}/{i}.png" for i in range(40)]
    data = divided(found(names, np.arange(40) // 20), Data(source="x", group="folder"))
    assert "too few, or too large" in data.notes[-1]
    with pytest.raises(PenjingError) as caught:
        refuse_empty(data, "folder")
    assert caught.value.finding.rule == "empty-split"
    assert caught.value.finding.try_.startswith("at least 3 groups by folder of each class")


@pytest.mark.parametrize(
    ("group", "rule", "says"),
    [
        ("patinet", "unknown-group", "`patient`"),
        ("(", "unknown-group", "no pattern"),
        (r"^(z\d+)", "unknown-group", "100 of 100 names"),
        (r"^(\d+)\.png|^z", "unknown-group", "1 of 100 names, nor paths, such as last.png"),
        ("folder", "group-holds-class", "by folder"),
    ],
)
def test_a_group_that_cannot_be_is_refused(group: str, rule: str, says: str) -> None:
    names = [f"{'ab'[i % 2]}/{i}.png" for i in range(99)] + ["b/last.png"]
    with pytest.raises(PenjingError) as caught:
        divided(found(names, np.arange(100) % 2, columns={"patient": names}), Data(source="x", group=group))
    assert caught.value.finding.rule == rule
    assert says in str(caught.value)
    assert r"\d" not in caught.value.finding.try_  # no pattern is advised that may be the one that just failed


@pytest.mark.parametrize(
    ("truths", "kind", "rule"),
    [
        (np.array([0]), "class", "one-picture"),
        (np.zeros(9, int), "class", "one-class"),
        (np.zeros(9, "f4"), "number", "one-value"),
    ],
)
def test_nothing_to_tell_apart_is_refused(truths: np.ndarray, kind: str, rule: str) -> None:
    with pytest.raises(PenjingError) as caught:
        divided(Found(files([f"{i}.png" for i in range(len(truths))]), truths, kind, ("a",)), Data(source="x"))  # type: ignore[arg-type]
    assert caught.value.finding.rule == rule
