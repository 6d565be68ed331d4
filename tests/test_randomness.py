"""Draws are functions of (seed, purpose, step) and of nothing that was drawn before."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penjing.randomness import generator, integer

PURPOSES = [("shuffle", 0), ("augment", 3), ("world", 7)]


def test_order_of_unrelated_draws_changes_nothing() -> None:
    def draws(order: tuple[tuple[str, int], ...]) -> dict[tuple[str, int], list[float]]:
        return {(purpose, step): generator(5, purpose, step).random(4).tolist() for purpose, step in order}

    expected = draws(tuple(PURPOSES))
    assert all(draws(order) == expected for order in itertools.permutations(PURPOSES))


@given(st.integers(0, 2**40), st.text(max_size=20), st.integers(0, 2**40))
def test_integers_fit_torch_seeds(seed: int, purpose: str, step: int) -> None:
    assert 0 <= integer(seed, purpose, step) < 2**63


def test_seed_purpose_and_step_each_matter() -> None:
    drawn = {integer(*key) for key in itertools.product(range(10), ["a", "b", "1/2"], range(10))}
    assert len(drawn) == 300


def test_neighbouring_steps_are_uncorrelated() -> None:
    rows = np.stack([generator(0, "noise", step).standard_normal(2000) for step in range(20)])
    off_diagonal = np.corrcoef(rows)[~np.eye(20, dtype=bool)]
    assert np.abs(off_diagonal).max() < 5 / np.sqrt(2000)
