"""CartPole: the textbook's equations, written once more for one cart, are the oracle."""

import math

import numpy as np
import pytest

from penjing.data import worlds
from penjing.data.worlds import cartpole
from penjing.data.worlds.world import World
from penjing.findings import PenjingError

WORLD: World = cartpole  # mypy holds the module to the Protocol


def textbook(x: float, v: float, a: float, w: float, action: int) -> tuple[float, float, float, float]:
    """Barto, Sutton and Anderson 1983, appendix, without friction: kg, m, s; a is the angle, w its velocity."""
    g, m_cart, m_pole, half, tau = 9.8, 1.0, 0.1, 0.5, 0.02
    force = 10.0 if action == 1 else -10.0
    m = m_cart + m_pole
    inner = (-force - m_pole * half * w**2 * math.sin(a)) / m
    w_dot = (g * math.sin(a) + math.cos(a) * inner) / (half * (4 / 3 - m_pole * math.cos(a) ** 2 / m))
    v_dot = (force + m_pole * half * (w**2 * math.sin(a) - w_dot * math.cos(a))) / m
    return x + tau * v, v + tau * v_dot, a + tau * w, w + tau * w_dot


def test_copies_move_as_the_textbook_says() -> None:
    rng = np.random.default_rng(0)
    state = cartpole.start(np.arange(40))
    carts = [(x, v, a, w) for x, v, a, w, _ in state.tolist()]
    for _ in range(60):  # past the fall of most: the equations hold beyond the limits
        action = rng.integers(0, 2, 40)
        step = cartpole.step(state, action)
        carts = [textbook(*cart, int(a)) for cart, a in zip(carts, action, strict=True)]
        np.testing.assert_allclose(step.state[:, :4], carts, rtol=1e-9, atol=1e-12)
        fallen = [abs(x) > 2.4 or abs(a) > math.radians(12) for x, _, a, _ in carts]
        assert step.terminated.tolist() == fallen
        assert not step.truncated.any()
        assert (step.reward == 1).all()
        state = step.state
    assert any(fallen)
    assert not all(fallen)


def test_the_time_limit_truncates_and_does_not_terminate() -> None:
    state = cartpole.start(np.arange(3))
    for taken in range(1, 501):
        step = cartpole.step(state, cartpole.heuristic(cartpole.observe(state)))
        assert step.truncated.tolist() == [taken == 500] * 3
        assert not step.terminated.any()
        state = step.state


def test_a_start_is_a_function_of_its_seed_alone() -> None:
    together, alone = cartpole.start(np.arange(200)), cartpole.start(np.array([7]))
    assert (together[7] == alone[0]).all()
    assert len(np.unique(together[:, 0])) == 200
    assert np.abs(together[:, :4]).max() < 0.05
    assert (together[:, 4] == 0).all()


def test_a_step_leaves_the_state_it_was_given() -> None:
    state = cartpole.start(np.arange(3))
    before = state.copy()
    cartpole.step(state, np.array([0, 1, 1]))
    assert (state == before).all()


def test_a_frame_shows_the_fallen_pole_as_bad_news() -> None:
    upright, fallen = np.zeros(5), np.array([0, 0, 0.3, 0, 0])
    assert 'class="good-line"' in cartpole.frame(upright)
    assert 'class="bad-line"' in cartpole.frame(fallen)


@pytest.mark.parametrize("name", worlds.WORLDS)
def test_our_worlds_keep_the_contract(name: str) -> None:
    world = worlds.load(name)
    state = world.start(np.arange(5))
    assert world.observe(state).shape == (5, len(world.ENTRIES))
    assert world.observe(state).dtype == np.float32
    action = world.heuristic(world.observe(state))
    assert set(action.tolist()) <= set(range(len(world.ACTIONS)))
    step = world.step(state, action)
    assert step.state.shape == state.shape
    assert step.reward.shape == step.terminated.shape == step.truncated.shape == (5,)


def test_an_unknown_world_offers_its_neighbour() -> None:
    with pytest.raises(PenjingError, match="did you mean `cartpole`"):
        worlds.load("cart-pole")
