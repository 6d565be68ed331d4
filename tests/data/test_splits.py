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


def test_another_split_seed_is_another_division() -> None:
    labels, groups = np.zeros(100, int), np.arange(100)
    first, second = (stratified(labels, groups, Data(source="x", split_seed=seed))["test"] for seed in (0, 1))
    assert set(first) != set(second)


def test_equal_inputs_share_a_group() -> None:
    a, b = np.zeros((2, 2), np.uint8), np.ones((2, 2), np.uint8)
    assert equal_groups([a, b, a.copy(), a.reshape(1, 4)]).tolist() == [0, 1, 0, 2]
