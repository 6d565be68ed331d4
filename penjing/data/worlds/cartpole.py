"""CartPole: a pole on a cart that is pushed left or right at every step, until it falls or leaves the track.

    state (N, 5) float64: position m, velocity m/s, angle rad (0 is upright), angular velocity rad/s, steps taken

Barto, Sutton and Anderson, "Neuronlike adaptive elements that can solve difficult learning control problems", IEEE
Transactions on Systems, Man and Cybernetics 1983; without friction and with the Euler steps, the limits and the 500
steps of Gymnasium's CartPole-v1. There the time limit is a wrapper; here it is the last column of the state.
"""

import numpy as np

from penjing.data.worlds.world import FRAME, Step
from penjing.randomness import generator

ENTRIES: tuple[str, ...] = (
    "cart position (m)",
    "cart velocity (m/s)",
    "pole angle (rad)",
    "pole angular velocity (rad/s)",
)
ACTIONS: tuple[str, ...] = ("left", "right")
LIMIT = 500

GRAVITY = 9.8  # m/s^2
POLE_MASS, TOTAL_MASS = 0.1, 1.1  # kg
HALF_LENGTH = 0.5  # m, from the hinge to the pole's center
FORCE = 10.0  # N
TAU = 0.02  # s, one step
POSITION_LIMIT = 2.4  # m
ANGLE_LIMIT = 12 * 2 * np.pi / 360  # rad


def start(seeds: np.ndarray) -> np.ndarray:
    """Each of the four quantities uniform in [-0.05, 0.05), drawn from the episode's seed."""
    state = np.zeros((len(seeds), 5))
    for row, seed in zip(state, seeds, strict=True):
        row[:4] = generator(int(seed), "cartpole").uniform(-0.05, 0.05, 4)
    return state


def observe(state: np.ndarray) -> np.ndarray:
    """All but the time."""
    return state[:, :4].astype(np.float32)


def step(state: np.ndarray, action: np.ndarray) -> Step:
    """One Euler step of 0.02 s; a reward of 1 for every step, the last one too."""
    position, velocity, angle, angular_velocity, steps = state.T
    force = np.where(action == 1, FORCE, -FORCE)
    sin, cos = np.sin(angle), np.cos(angle)
    push = (force + POLE_MASS * HALF_LENGTH * angular_velocity**2 * sin) / TOTAL_MASS
    inertia = HALF_LENGTH * (4 / 3 - POLE_MASS * cos**2 / TOTAL_MASS)
    angular_acceleration = (GRAVITY * sin - cos * push) / inertia
    acceleration = push - POLE_MASS * HALF_LENGTH * angular_acceleration * cos / TOTAL_MASS
    moved = np.stack(
        [
            position + TAU * velocity,
            velocity + TAU * acceleration,
            angle + TAU * angular_velocity,
            angular_velocity + TAU * angular_acceleration,
            steps + 1,
        ],
        axis=1,
    )
    return Step(moved, np.ones(len(moved), np.float32), _has_fallen(moved), moved[:, 4] >= LIMIT)


def heuristic(observation: np.ndarray) -> np.ndarray:
    """Push towards the side to which the pole will lean in half a second: it never falls, so the most is a tie."""
    return (observation[:, 2] + 0.5 * observation[:, 3] > 0).astype(np.int64)


def frame(state: np.ndarray) -> str:
    """Track, cart and pole; the pole in the tone of bad news where it has fallen, or left the track."""
    width, height = FRAME
    meter = width / (2 * POSITION_LIMIT + 1)
    x, y = width / 2 + meter * state[0], height - 16  # of the hinge
    pole = 2 * (2 * HALF_LENGTH * meter)  # drawn twice as long as it is, so that its lean shows
    tip_x, tip_y = x + pole * np.sin(state[2]), y - pole * np.cos(state[2])
    tone = "bad" if _has_fallen(state[None])[0] else "good"
    return (
        f'<path d="M0 {height - 6}H{width}" class="ink-line" stroke-width="1"/>'
        f'<rect x="{x - 8:.1f}" y="{y:.1f}" width="16" height="10" rx="2" class="ink"/>'
        f'<path d="M{x:.1f} {y:.1f}L{tip_x:.1f} {tip_y:.1f}" class="{tone}-line" stroke-width="3"/>'
    )


def _has_fallen(state: np.ndarray) -> np.ndarray:
    return (np.abs(state[:, 0]) > POSITION_LIMIT) | (np.abs(state[:, 2]) > ANGLE_LIMIT)
