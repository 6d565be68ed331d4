"""Batches: a pure function of the step, each example once an epoch, shared out over processes."""

import numpy as np

from penjing.data.batches import Share, Shuffled


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
