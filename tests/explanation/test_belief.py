"""Tests of belief. Oracles: a linear network whose pixels' worth is known, scipy's Spearman; seeded faults."""

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from penjing.explanation.belief import believe, probability_kept, rank_correlations, with_shuffled_weights
from penjing.models.cnn import CNN

B, SIDE = 40, 6
BASELINE = torch.zeros(1, 1, 1, 1)


def linear(weights: Tensor) -> nn.Module:
    """Two classes: logits (w x, 0)."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, 2, bias=False))
    network[1].weight.data = torch.stack([weights, torch.zeros_like(weights)])
    return network.eval()


class Ink(nn.Module):
    """Two classes, logits (sum of the pixels, 0): shuffling its one weight changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        ink = self.weight * x.flatten(1).sum(dim=1)
        return torch.stack([ink, torch.zeros_like(ink)], dim=1)


def pictures() -> Tensor:
    return torch.from_numpy(np.random.default_rng(0).random((B, 1, SIDE, SIDE))).float()


def noise(seed: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).random((B, SIDE, SIDE)))


WEIGHTS = torch.from_numpy(np.random.default_rng(2).normal(size=SIDE * SIDE)).float()
TARGETS = torch.zeros(B, dtype=torch.int64)


def test_the_map_that_is_known_to_be_right_removes_an_answer_fastest() -> None:
    x, network = pictures(), linear(WEIGHTS)
    right = WEIGHTS.view(SIDE, SIDE) * x[:, 0]
    best = probability_kept(network, x, TARGETS, right, BASELINE)
    assert np.all(best < probability_kept(network, x, TARGETS, noise(1), BASELINE))
    assert np.all(best < probability_kept(network, x, TARGETS, -right, BASELINE))


def test_a_right_map_passes_both_tests() -> None:
    x, network = pictures(), linear(WEIGHTS)
    belief = believe(network, x, TARGETS, WEIGHTS.view(SIDE, SIDE) * x[:, 0], BASELINE, seed=0)
    assert belief.findings == ()
    assert belief.deletion.low > 0
    assert belief.deletion.n == B


def test_a_map_of_noise_is_no_better_than_random() -> None:
    belief = believe(linear(WEIGHTS), pictures(), TARGETS, noise(3), BASELINE, seed=0)
    assert [finding.rule for finding in belief.findings] == ["PJ401"]


def test_a_map_that_survives_shuffled_weights_is_found() -> None:
    """The map is the picture itself whatever the weights are, as an edge detector's would be."""
    x = pictures()
    belief = believe(Ink(), x, TARGETS, x[:, 0], BASELINE, seed=0)
    assert [finding.rule for finding in belief.findings] == ["PJ402"]
    assert belief.shuffled.value > 0.999


def test_rank_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(0)
    a = rng.integers(0, 5, size=(8, 4, 4)).astype(float)  # with ties
    b = a + rng.normal(size=a.shape)
    theirs = [spearmanr(left.ravel(), right.ravel()).statistic for left, right in zip(a, b, strict=True)]
    assert np.allclose(rank_correlations(a, b), theirs)
    assert rank_correlations(np.ones((1, 4, 4)), b[:1]) == 0  # a map of nothing is like nothing


def test_shuffling_moves_every_weight_within_its_own_tensor() -> None:
    network = CNN(10, 1)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    shuffled = with_shuffled_weights(network, seed=0).state_dict()
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    for name, tensor in shuffled.items():
        assert torch.equal(tensor.flatten().sort().values, before[name].flatten().sort().values)
    assert not torch.equal(shuffled["head.weight"], before["head.weight"])
    again = with_shuffled_weights(network, seed=0).state_dict()
    assert all(torch.equal(tensor, shuffled[name]) for name, tensor in again.items())
