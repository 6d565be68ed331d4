"""Whole episodes: what is counted, and that copies do not disturb each other."""

from xml.etree import ElementTree

import numpy as np
import pytest

from penjing.data.worlds import cartpole
from penjing.evaluation.episodes import FRAMES, film_svg, play


def leaning(observation: np.ndarray) -> np.ndarray:
    """Pushes towards where the pole leans; falls after a while."""
    return (observation[:, 2] > 0).astype(int)


def test_an_episode_is_the_same_alone_and_among_others() -> None:
    together = play(cartpole, leaning, np.arange(30))
    assert [play(cartpole, leaning, [seed])[0] for seed in range(30)] == together
    assert len({episode.length for episode in together}) > 5


def test_return_and_length_are_those_of_a_loop_by_hand() -> None:
    state, total, steps = cartpole.start(np.array([3])), 0.0, 0
    while True:
        step = cartpole.step(state, leaning(cartpole.observe(state)))
        state, total, steps = step.state, total + step.reward[0], steps + 1
        if step.terminated[0]:
            break
    (episode,) = play(cartpole, leaning, [3])
    assert (episode.return_, episode.length, episode.ending) == (total, steps, "terminated")
    assert episode.frames[-1].state == tuple(state[0])


@pytest.mark.parametrize("seeds", [[], range(4)], ids=["none", "some"])
def test_a_policy_that_never_falls_is_cut_at_the_limit(seeds: list[int]) -> None:
    episodes = play(cartpole, cartpole.heuristic, seeds)
    assert [(episode.length, episode.ending) for episode in episodes] == [(500, "truncated")] * len(seeds)


def test_a_film_strip_holds_every_frame_and_its_step() -> None:
    (episode,) = play(cartpole, cartpole.heuristic, [1])
    assert [frame.step for frame in episode.frames] == [0, 71, 143, 214, 286, 357, 429, 500]
    film = ElementTree.fromstring(film_svg(cartpole, episode.frames))
    texts = [text.text for text in film.iter("text")]
    assert len(texts) == FRAMES
    assert texts[-1] == "step 500"
