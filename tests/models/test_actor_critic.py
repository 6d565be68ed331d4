"""Actor and critic: orthogonal layers, undecided at first, nothing shared."""

import math

import torch
from torch import nn

from penjing.models.actor_critic import ActorCritic


def test_hidden_layers_are_orthogonal_with_gain_root_two() -> None:
    layer = ActorCritic(4, 2).actor[2]
    assert isinstance(layer, nn.Linear)
    torch.testing.assert_close(layer.weight @ layer.weight.T, 2 * torch.eye(64), atol=1e-5, rtol=0)
    assert not layer.bias.any()


def test_an_untrained_policy_is_undecided() -> None:
    logits, values = ActorCritic(4, 3)(torch.randn(200, 4))
    assert (logits.shape, values.shape) == ((200, 3), (200,))
    entropy = torch.distributions.Categorical(logits=logits).entropy()
    assert abs(entropy.mean().item() - math.log(3)) < 1e-3


def test_the_critic_does_not_move_the_actor() -> None:
    network = ActorCritic(4, 2)
    network(torch.randn(5, 4))[1].sum().backward()
    assert all(parameter.grad is None for parameter in network.actor.parameters())
    assert all(parameter.grad is not None for parameter in network.critic.parameters())
