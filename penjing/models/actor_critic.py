"""Actor and critic: two small networks side by side, one for what to do and one for what it will be worth.

    observation (B, D) -> [linear, tanh] x 2 -> logits (B, A)
    observation (B, D) -> [linear, tanh] x 2 -> value (B,)

Sizes and activations of Schulman et al., "Proximal policy optimization algorithms", 2017 (arXiv 1707.06347), section
6.1; nothing is shared. Orthogonal weights, small in the actor's head so that all actions begin about equally likely:
Engstrom et al., "Implementation matters in deep policy gradients", ICLR 2020.
This file imports torch and nothing else: it can be carried off and used alone.
"""

from torch import Tensor, nn


class ActorCritic(nn.Module):
    """A policy over A actions, and the value of an observation.

    Args:
        entries: D of an observation.
        actions: A.
        width: units of each hidden layer.
    """

    def __init__(self, entries: int, actions: int, *, width: int = 64) -> None:
        super().__init__()
        self.actor = layers(entries, width, actions, gain=0.01)
        self.critic = layers(entries, width, 1, gain=1.0)

    def forward(self, observation: Tensor) -> tuple[Tensor, Tensor]:
        """Observations (B, D) float32 -> logits (B, A), values (B,)."""
        return self.actor(observation), self.critic(observation).squeeze(1)


def layers(inputs: int, width: int, outputs: int, *, gain: float) -> nn.Sequential:
    """Three linear layers with tanh between; `gain` scales the last one's weights."""
    return nn.Sequential(
        orthogonal(nn.Linear(inputs, width), 2**0.5),
        nn.Tanh(),
        orthogonal(nn.Linear(width, width), 2**0.5),
        nn.Tanh(),
        orthogonal(nn.Linear(width, outputs), gain),
    )


def orthogonal(layer: nn.Linear, gain: float) -> nn.Linear:
    """Weights with orthonormal rows or columns, times `gain`; biases zero.

    Source: Saxe, McClelland and Ganguli, ICLR 2014 (arXiv 1312.6120).
    """
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer
