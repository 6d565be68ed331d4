"""Batches: a pure function of the step, each example once an epoch, shared out over processes."""

import numpy as np

from penjing.data.batches import Balanced, Share, Shuffled


def test_an_epoch_shows_each_example_once() -> None:
    order = Shuffled(n=60, batch_size=20, seed=3)
    assert order.steps_per_epoch == 3
    assert sorted(np.concatenate([order.at(step) for step in range(3, 6)])) == list(range(60))


def test_a_step_does_not_depend_on_the_steps_before() -> None:
    order = Shuffled(n=50, batch_size=7, seed=1)
    forwards = [order.at(step).tolist() for step in range(30)]
    assert [order.at(step).tolist() for step in reversed(range(30))] == forwards[::-1]


def test_ranks_divide_the_very_batch_of_one_process() -> None:
    whole = Shuffled(n=64, batch_size=16, seed=0).at(5)
    parts = [Shuffled(n=64, batch_size=16, seed=0, share=Share(rank, 4)).at(5) for rank in range(4)]
    assert [len(part) for part in parts] == [4, 4, 4, 4]
    assert sorted(np.concatenate(parts)) == sorted(whole)


def test_a_set_smaller_than_a_batch_is_the_batch() -> None:
    assert sorted(Shuffled(n=5, batch_size=64, seed=0).at(9)) == list(range(5))


UNEVEN = np.repeat([7, 2, 5], [90, 6, 4])


def test_a_balanced_order_shows_each_class_as_often_as_any_other() -> None:
    order = Balanced(UNEVEN, batch_size=30, seed=0, share=Share())
    drawn = np.concatenate([order.at(step) for step in range(20)])
    assert np.unique(UNEVEN[drawn], return_counts=True)[1].tolist() == [200, 200, 200]
    assert all((np.bincount(UNEVEN[order.at(step)])[[2, 5, 7]] == 10).all() for step in range(20))


def test_within_a_class_each_example_waits_for_all_others() -> None:
    order = Balanced(UNEVEN, batch_size=30, seed=0, share=Share())
    drawn = np.concatenate([order.at(step) for step in range(27)])
    for label, n in ((7, 90), (2, 6), (5, 4)):
        turns = drawn[UNEVEN[drawn] == label][: 270 // n * n].reshape(-1, n)
        assert (np.sort(turns, axis=1) == np.flatnonzero(label == UNEVEN)).all()
    assert order.steps_per_epoch == 3


def test_a_balanced_step_does_not_depend_on_the_steps_before_and_is_shared_out() -> None:
    whole = Balanced(UNEVEN, batch_size=32, seed=1, share=Share())
    forwards = [whole.at(step).tolist() for step in range(30)]
    assert [whole.at(step).tolist() for step in reversed(range(30))] == forwards[::-1]
    parts = [Balanced(UNEVEN, batch_size=32, seed=1, share=Share(rank, 4)).at(5) for rank in range(4)]
    assert np.stack(parts, axis=1).ravel().tolist() == forwards[5]
    assert Balanced(UNEVEN, batch_size=32, seed=2, share=Share()).at(5).tolist() != forwards[5]


def test_a_balanced_batch_is_no_larger_than_the_set() -> None:
    assert len(Balanced(UNEVEN[:7], batch_size=64, seed=0, share=Share()).at(3)) == 7
