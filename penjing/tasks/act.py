"""Act: learn what to do in a world by playing it.

    observation (D,) float32 -> network -> logits (A,) -> softmax -> probabilities (A,) -> the likeliest action

Proximal policy optimization (Schulman et al. 2017, arXiv 1707.06347): play with the policy, then climb a clipped
estimate of how much better another one would have done, several passes over each rollout. `rollouts.py` plays.
The functions stand in the order in which a training meets them; `tasks/task.py` says what each must keep.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated

import msgspec
import numpy as np
import torch
import torch.nn.functional as F
from msgspec import Meta
from torch import Tensor, nn

from penjing.config import Choice, Config
from penjing.data import worlds
from penjing.data.batches import Share
from penjing.data.dataset import Dataset, Form, Split, Truth
from penjing.evaluation import episodes
from penjing.evaluation.drawing import Drawing
from penjing.evaluation.episodes import Episode
from penjing.evaluation.intervals import Groups
from penjing.evaluation.scores import Scores, bootstrapped, share
from penjing.models.actor_critic import ActorCritic
from penjing.randomness import generator
from penjing.runtime.pipeline import Pipeline, Predictor
from penjing.runtime.steps.choose_action import ChooseAction
from penjing.runtime.steps.open_observation import OpenObservation
from penjing.runtime.steps.run_graph import RunGraph
from penjing.tasks import networks
from penjing.tasks.rollouts import Batch, Rollouts, judge
from penjing.tasks.task import Graph, Loss, PlayingStream, Signature, keep, nothing, uncalibrated

form: Form = "world"
truths: tuple[Truth, ...] = ("input",)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What only this task can be told."""

    copies: Annotated[int, Meta(ge=1, description="worlds that are played side by side, over all processes")] = 32
    horizon: Annotated[int, Meta(ge=1, description="steps of each world in a rollout")] = 32
    passes: Annotated[int, Meta(ge=1, description="over each rollout")] = 10
    gamma: Annotated[float, Meta(ge=0, lt=1, description="discount: what a reward is worth one step later")] = 0.98
    gae_lambda: Annotated[float, Meta(ge=0, le=1, description="0 trusts the values, 1 the rewards")] = 0.9
    ratio_clip: Annotated[float, Meta(gt=0, lt=1, description="how far one rollout may move a probability")] = 0.2
    value_weight: Annotated[float, Meta(ge=0, description="of the critic's loss")] = 0.5
    entropy_weight: Annotated[float, Meta(ge=0, description="of the reward for an undecided policy")] = 0.0


class Spec(msgspec.Struct, frozen=True):
    """What the world fixes."""

    world: str
    entries: tuple[str, ...]  # of an observation
    actions: tuple[str, ...]


def choices(data: Dataset) -> Mapping[str, Choice]:
    """Where this task starts from."""
    return {
        "model": Choice("actor_critic", "default", "two small networks; the world shows a handful of numbers"),
        "budget": Choice("2400steps", "default", "60 rollouts of 40 steps; two thirds were enough for each seed tried"),
        "batch_size": Choice(256, "default", "a quarter of a rollout"),
        "lr": Choice(1e-3, "default", "small networks bear it, and it falls to zero"),
        "schedule": Choice("linear", "default", "as in the paper's Atari runs"),
        "warmup": Choice(0.0, "default", "the first rollouts are short of reward, not of calm"),
        "weight_decay": Choice(0.0, "default", "a policy that is played afresh has nothing to overfit"),
        "clip": Choice(0.5, "default", "the critic's first errors are large"),
        "keep": Choice("best", "default", "policies get worse too; validation episodes tell"),
        "evaluations": Choice(12, "default", "so that the best is not missed"),
        "threads": Choice(1, "default", "layers this small only make threads wait for each other"),
    }


prepare = keep


def describe(data: Dataset, config: Config[Options]) -> Spec:
    """What is seen and what can be done."""
    return Spec(data.source, data.world.ENTRIES, data.world.ACTIONS)


def network(spec: Spec, config: Config[Options]) -> nn.Module:
    """Actor and critic, unless the user brings a network: Spec -> module, (B, D) -> logits (B, A), values (B,)."""
    ours = {"actor_critic": partial(ActorCritic, len(spec.entries), len(spec.actions))}
    return networks.pick(config.model, ours, spec)


def stream(split: Split, network: nn.Module, spec: Spec, config: Config[Options], share: Share) -> PlayingStream:
    """Minibatches of rollouts; each process plays worlds of its own."""
    options = config.options
    return Rollouts(
        world=worlds.load(spec.world),
        seeds=np.asarray(split.inputs),
        network=network,
        copies=max(options.copies // share.ranks, 1),
        horizon=options.horizon,
        passes=options.passes,
        batch_size=max(config.train.batch_size // share.ranks, 1),
        gamma=options.gamma,
        gae_lambda=options.gae_lambda,
        seed=config.seed,
        rank=share.rank,
    )


def loss(network: nn.Module, batch: Batch, spec: Spec, config: Config[Options]) -> Loss:
    """The clipped objective of the paper's equation 7, the critic's squared error, and the entropy in nats."""
    options = config.options
    logits, values = judge(network, batch.observation, len(spec.actions))
    log_probabilities = logits.log_softmax(1)  # (B, A)
    taken = log_probabilities.gather(1, batch.action[:, None]).squeeze(1)  # (B,)
    ratio = (taken - batch.log_probability).exp()
    advantage = (batch.advantage - batch.advantage.mean()) / (batch.advantage.std(correction=0) + 1e-8)
    clipped = ratio.clamp(1 - options.ratio_clip, 1 + options.ratio_clip)
    policy = -torch.minimum(ratio * advantage, clipped * advantage).mean()
    value = F.mse_loss(values, batch.returns)
    entropy = -(log_probabilities.exp() * log_probabilities).sum(1).mean()
    total = policy + options.value_weight * value - options.entropy_weight * entropy
    parts = {"policy": policy, "value": value, "entropy": entropy, "clipped": (ratio != clipped).float().mean()}
    return Loss(total, {name: part.detach() for name, part in parts.items()})


after_step = nothing
calibrate = uncalibrated


def start_loss(spec: Spec) -> None:
    """Theory says nothing: the critic's part depends on the world's rewards."""


class Policy(nn.Module):
    """Observations to probabilities: what is exported; the critic stays at home."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, observation: Tensor) -> Tensor:
        """(B, D) float32 -> probabilities (B, A)."""
        return self.network(observation)[0].softmax(dim=1)


def graphs(network: nn.Module, spec: Spec) -> Mapping[str, Graph]:
    """One graph, from what is seen to how likely each action is."""
    observation = Signature(("batch", len(spec.entries)), "float32")
    return {"act": Graph(Policy(network), {"observation": observation}, ("probabilities",))}


def pipeline(spec: Spec) -> Pipeline:
    """Open, run, choose."""
    opening = OpenObservation(spec.world, spec.entries)
    return Pipeline((opening, RunGraph("act", "observation", batch=256), ChooseAction(spec.actions)))


def samples(data: Dataset, spec: Spec) -> Sequence[list[float]]:
    """What the world shows at the start of four test episodes, as lists of numbers."""
    states = data.world.start(np.asarray(data.splits["test"].inputs[:4]))
    return data.world.observe(states).tolist()


def answers(predictor: Predictor, split: Split) -> tuple[Sequence[Episode], Sequence[int]]:
    """One greedy episode of each seed, all at once, each action through the pipeline."""
    opening = predictor.pipeline.steps[0]
    assert isinstance(opening, OpenObservation)  # `pipeline` above begins with it; it knows the world

    def policy(observation: np.ndarray) -> np.ndarray:
        return np.array([action.number for action in predictor(list(observation))])

    return episodes.play(worlds.load(opening.world), policy, split.inputs), list(split.truths)


def score(answers: Sequence[Episode], truths: Sequence[int], spec: Spec, groups: Groups = None) -> Scores:
    """The mean return; beside it the share of episodes that lasted to the time limit."""
    returns = np.array([episode.return_ for episode in answers])
    primary, draws = bootstrapped("return", len(returns), lambda at: float(returns[at].mean()), groups=groups)
    lasted, _ = share([episode.ending == "truncated" for episode in answers], "lasted to the time limit", groups)
    return Scores(primary=primary, others=(lasted,), draws=tuple(draws.tolist()), details={"returns": returns.tolist()})


def baselines(data: Dataset, spec: Spec, split: Split) -> Mapping[str, Sequence[Episode]]:
    """Actions at random, and a policy written by hand, on the same seeds."""
    rng = generator(0, "random policy")
    policies: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "random": lambda observation: rng.integers(len(spec.actions), size=len(observation)),
        "heuristic": data.world.heuristic,
    }
    return {name: episodes.play(data.world, policy, split.inputs) for name, policy in policies.items()}


def draw(example: int, answer: Episode, truth: int, spec: Spec) -> Drawing:
    """A film strip of the episode."""
    return Drawing(episodes.film_svg(worlds.load(spec.world), answer.frames), f"seed {example}: {answer}")
