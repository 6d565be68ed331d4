"""Playing to learn: advantages against their definition, and a stream that can be put down anywhere."""

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from penjing.data.worlds import cartpole
from penjing.data.worlds.world import Step
from penjing.findings import PenjingError
from penjing.models.actor_critic import ActorCritic
from penjing.tasks.rollouts import Batch, Rollouts, drawn, gae, judge

T, N, PASSES, BATCH = 6, 4, 3, 8
PER_ROLLOUT = PASSES * (T * N // BATCH)


def playing(network: nn.Module, world: Any = cartpole, seed: int = 0) -> Rollouts:
    return Rollouts(
        world=world,
        seeds=np.arange(20),
        network=network,
        copies=N,
        horizon=T,
        passes=PASSES,
        batch_size=BATCH,
        gamma=0.9,
        gae_lambda=0.8,
        seed=seed,
        rank=0,
    )


def drift(network: nn.Module, step: int) -> None:
    """Changes the network as a training would: a function of the step."""
    torch.manual_seed(step)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.05)


def equal(left: Batch, right: Batch) -> bool:
    return all(torch.equal(a, b) for a, b in zip(left, right, strict=True))


def test_advantages_are_the_sum_of_the_definition() -> None:
    """Equation 16 of the paper, each sum written out anew up to the end of its episode."""
    rng = np.random.default_rng(0)
    reward, value, next_value = rng.normal(size=(3, 12, 5))
    terminated, truncated = rng.random((2, 12, 5)) < 0.15
    ended = terminated | truncated
    found = gae(reward, value, next_value, terminated, ended, gamma=0.9, gae_lambda=0.7)
    for t, n in np.ndindex(12, 5):
        total = 0.0
        for k in range(t, 12):
            after = 0.0 if terminated[k, n] else 0.9 * next_value[k, n]
            total += (0.9 * 0.7) ** (k - t) * (reward[k, n] + after - value[k, n])
            if ended[k, n]:
                break
        assert found[t, n] == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize(("terminated", "expected"), [(True, 1 - 3), (False, 1 + 0.9 * 10 - 3)])
def test_only_a_truncated_step_is_worth_what_would_have_come(terminated: bool, expected: float) -> None:
    one = np.ones((1, 1))
    found = gae(one, 3 * one, 10 * one, one.astype(bool) & terminated, one.astype(bool), gamma=0.9, gae_lambda=0.5)
    assert found.item() == pytest.approx(expected)


def test_actions_are_drawn_as_often_as_their_probabilities_say() -> None:
    chance = np.linspace(0, 1, 1000, endpoint=False)
    action = drawn(np.tile([0.2, 0.0, 0.5, 0.3], (1000, 1)), chance)
    assert np.bincount(action, minlength=4).tolist() == [200, 0, 500, 300]
    assert drawn(np.array([[0.5, 0.4999]]), np.array([0.99999])).tolist() == [1]


def test_a_pass_shows_each_step_of_the_rollout_once() -> None:
    stream = playing(ActorCritic(4, 2))
    assert stream.steps_per_epoch == PER_ROLLOUT
    batches = [stream.at(step) for step in range(PER_ROLLOUT)]
    passes = [torch.cat([b.observation for b in batches[i : i + 3]]) for i in range(0, PER_ROLLOUT, 3)]
    as_sets = [{tuple(row) for row in one.tolist()} for one in passes]
    assert len(as_sets[0]) == T * N
    assert as_sets[0] == as_sets[1] == as_sets[2]
    assert not torch.equal(passes[0], passes[1])


def test_probabilities_and_values_are_those_of_the_network_that_played() -> None:
    network = ActorCritic(4, 2)
    batch = playing(network).at(0)
    logits, values = network(batch.observation)
    taken = -nn.functional.cross_entropy(logits, batch.action, reduction="none")
    torch.testing.assert_close(taken, batch.log_probability)
    torch.testing.assert_close(batch.returns - batch.advantage, values)


@pytest.mark.parametrize("put_down_at", [0, 1, 4, PER_ROLLOUT - 1, PER_ROLLOUT, PER_ROLLOUT + 5])
def test_put_down_anywhere_it_goes_on_as_if_it_had_not(put_down_at: int) -> None:
    torch.manual_seed(0)
    network = ActorCritic(4, 2)
    whole, other = playing(network), playing(network)
    for step in range(3 * PER_ROLLOUT):
        if step == put_down_at:
            other.load_state({name: array.copy() for name, array in whole.state().items()})
        expected = whole.at(step)
        if step >= put_down_at:
            assert equal(other.at(step), expected)
        drift(network, step)


def test_what_was_saved_does_not_move_with_the_stream() -> None:
    stream = playing(ActorCritic(4, 2))
    stream.at(0)
    saved = stream.state()
    before = {name: array.copy() for name, array in saved.items()}
    stream.at(PER_ROLLOUT)
    assert all((saved[name] == array).all() for name, array in before.items())


def test_steps_out_of_order_are_refused() -> None:
    stream = playing(ActorCritic(4, 2))
    with pytest.raises(ValueError, match="in their order"):
        stream.at(PER_ROLLOUT)


def test_another_seed_plays_otherwise() -> None:
    network = ActorCritic(4, 2)
    assert equal(playing(network).at(0), playing(network).at(0))
    assert not equal(playing(network).at(0), playing(network, seed=1).at(0))


class Counting(NamedTuple):
    """A world whose state counts steps; every third step ends the episode, by its limit or not. Its value is known."""

    ends: str
    ACTIONS: tuple[str, ...] = ("on",)

    def start(self, seeds: np.ndarray) -> np.ndarray:
        return np.zeros((len(seeds), 1))

    def observe(self, state: np.ndarray) -> np.ndarray:
        return state.astype(np.float32)

    def step(self, state: np.ndarray, action: np.ndarray) -> Step:
        over, never = state[:, 0] + 1 == 3, np.zeros(len(state), dtype=bool)
        by_limit = self.ends == "truncated"
        return Step(
            state + 1, np.ones(len(state), np.float32), never if by_limit else over, over if by_limit else never
        )


class Fortune(nn.Module):
    """Says that every state is worth 100 times its count."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(()))

    def forward(self, observation: Tensor) -> tuple[Tensor, Tensor]:
        return torch.zeros(len(observation), 1), 100 * observation[:, 0]


@pytest.mark.parametrize(("ends", "last"), [("terminated", 1 - 200), ("truncated", 1 + 0.9 * 300 - 200)])
def test_a_rollout_tells_how_its_episodes_ended(ends: str, last: float) -> None:
    """The step from 2 to 3 ends the episode: the value of 3 counts where only the limit ended it, never that of 0."""
    stream = playing(Fortune(), world=Counting(ends))
    batches = [stream.at(step) for step in range(3)]
    seen = torch.cat([batch.observation[:, 0] for batch in batches])
    advantage = torch.cat([batch.advantage for batch in batches])
    torch.testing.assert_close(advantage[seen == 2], torch.full((8,), float(last)))


class Wrong(nn.Module):
    """Gives whatever it is told to."""

    def __init__(self, *shapes: tuple[int, ...]) -> None:
        super().__init__()
        self.shapes = shapes

    def forward(self, observation: Tensor) -> object:
        outputs = tuple(torch.zeros(len(observation), *shape) for shape in self.shapes)
        return outputs if len(outputs) > 1 else outputs[0]


@pytest.mark.parametrize("shapes", [((2,),), ((3,), ()), ((2,), (1,)), ((2,), (), ())], ids=str)
def test_a_network_that_does_not_fit_is_refused(shapes: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(PenjingError) as caught:
        judge(Wrong(*shapes), torch.zeros(5, 4), 2)
    assert caught.value.finding.rule == "output-shape"
