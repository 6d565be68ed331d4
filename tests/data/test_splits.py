"""Dividing: every example once, classes in their shares, equal inputs together."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from penjing.config import Data
from penjing.data.splits import equal_groups, stratified


@settings(deadline=None)
@given(st.integers(0, 5), st.integers(20, 200))
def test_every_example_stands_in_one_split_and_groups_stay_together(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, n // 2, n)
    groups = np.unique(groups, return_inverse=True)[1]
    labels = rng.integers(0, 3, groups.max() + 1)[groups]
    splits = stratified(labels, groups, Data(source="x", split_seed=seed))
    assert sorted(np.concatenate(list(splits.values()))) == list(range(n))
    held = [set(groups[at]) for at in splits.values()]
    assert not (held[0] & held[1] or held[0] & held[2] or held[1] & held[2])


def test_each_class_is_divided_in_the_same_shares() -> None:
    labels = np.repeat([0, 1, 2], [100, 200, 300])
    splits = stratified(labels, np.arange(600), Data(source="x", validation=0.1, test=0.2))
    assert np.bincount(labels[splits["test"]]).tolist() == [20, 40, 60]
    assert np.bincount(labels[splits["validation"]]).tolist() == [10, 20, 30]


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), min_size=3, max_size=12), st.integers(0, 5))
def test_a_class_of_three_groups_stands_in_every_split(sizes: list[int], seed: int) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    for asked in (Data(source="x", split_seed=seed), Data(source="x", split_seed=seed, validation=0.4, test=0.5)):
        splits = stratified(np.zeros(len(groups), int), groups, asked)
        assert all(len(at) for at in splits.values())
    splits = stratified(np.zeros(len(groups), int), groups, Data(source="x", split_seed=seed, validation=0))
    assert not len(splits["validation"])
    assert len(splits["test"])


def test_a_rare_class_takes_no_more_than_it_must() -> None:
    labels = np.repeat([0, 1, 2], [40, 40, 4])
    splits = stratified(labels, np.arange(84), Data(source="x"))
    counts = [np.bincount(labels[at]).tolist() for at in splits.values()]
    assert counts == [[28, 28, 2], [4, 4, 1], [8, 8, 1]]
    large = np.concatenate([[0] * 90, np.arange(1, 11)])  # one group of 90, ten of 1
    assert len(stratified(np.zeros(100, int), large, Data(source="x"))["train"]) >= 90


def test_another_split_seed_is_another_division() -> None:
    labels, groups = np.zeros(100, int), np.arange(100)
    first, second = (stratified(labels, groups, Data(source="x", split_seed=seed))["test"] for seed in (0, 1))
    assert set(first) != set(second)


def test_equal_inputs_share_a_group() -> None:
    a, b = np.zeros((2, 2), np.uint8), np.ones((2, 2), np.uint8)
    assert equal_groups([a, b, a.copy(), a.reshape(1, 4)]).tolist() == [0, 1, 0, 2]
