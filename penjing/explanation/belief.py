"""Does a map deserve belief? Two tests that a map of nothing fails.

Deletion: pixels are replaced by the baseline's, most important first; the answer's probability must fall faster than
when they go in random order (Petsiuk, Das and Saenko, "RISE", BMVC 2018). Shuffled weights: the maps of the same
network with the entries of every weight tensor shuffled must be other maps (Adebayo et al., "Sanity checks for saliency
maps", NeurIPS 2018, who draw fresh weights; shuffling keeps their spread and works for any network, pretrained too).
"""

import copy

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from penjing.evaluation.scores import Score, bootstrapped
from penjing.explanation.gradients import METHOD, integrated_gradients
from penjing.findings import Finding
from penjing.randomness import generator
from penjing.rules import map_ignores_the_weights, map_no_better_than_random

SHARES = np.linspace(0, 1, 21)  # of the pixels removed
ORDERS = 4  # random orders, averaged


class Belief(msgspec.Struct, frozen=True, kw_only=True):
    """What the two tests gave, over test pictures, with 95 % intervals."""

    deletion: Score  # probability kept in random order less that in the map's; above 0 the map knows something
    shuffled: Score  # rank correlation with maps of shuffled weights; near 0 the map needs what was learned
    findings: tuple[Finding, ...]


def believe(logits: nn.Module, pictures: Tensor, targets: Tensor, maps: Tensor, baseline: Tensor, seed: int) -> Belief:
    """Both tests on pictures and their maps; for shapes see `integrated_gradients`."""
    kept = probability_kept(logits, pictures, targets, maps, baseline)
    chance = np.mean(
        [
            probability_kept(logits, pictures, targets, _random_map(maps, seed, order), baseline)
            for order in range(ORDERS)
        ],
        axis=0,
    )
    shuffled = integrated_gradients(with_shuffled_weights(logits, seed), pictures, targets, baseline).maps
    deletion = _mean("deletion", chance - kept)
    correlation = _mean("rank correlation", rank_correlations(maps.numpy(), shuffled.numpy()))
    found = (
        map_no_better_than_random.check(
            map_no_better_than_random.Evidence(
                method=METHOD, difference=deletion.value, low=deletion.low, high=deletion.high, pictures=deletion.n
            )
        ),
        map_ignores_the_weights.check(
            map_ignores_the_weights.Evidence(
                method=METHOD,
                correlation=correlation.value,
                low=correlation.low,
                high=correlation.high,
                pictures=correlation.n,
            )
        ),
    )
    return Belief(
        deletion=deletion, shuffled=correlation, findings=tuple(finding for finding in found if finding is not None)
    )


def probability_kept(
    logits: nn.Module, pictures: Tensor, targets: Tensor, importance: Tensor, baseline: Tensor
) -> np.ndarray:
    """The target's mean probability while pixels go, (B,) float64: lower is a better map.

    `importance` (B, H, W) gives the order, the largest goes first; for the other shapes see `integrated_gradients`.
    """
    B, _, H, W = pictures.shape
    rank = importance.flatten(1).argsort(dim=1, descending=True).argsort(dim=1).view(B, 1, H, W)
    curve = []
    with torch.inference_mode():
        for share in SHARES:
            left = torch.where(rank < round(share * H * W), baseline, pictures)
            curve.append(logits(left).softmax(dim=1).gather(1, targets[:, None])[:, 0].double().numpy())
    kept: np.ndarray = np.mean(curve, axis=0)
    return kept


def with_shuffled_weights(network: nn.Module, seed: int) -> nn.Module:
    """A copy in which the entries of every floating tensor, weights and statistics, are shuffled within it."""
    shuffled = copy.deepcopy(network)
    tensors = [tensor for tensor in shuffled.state_dict().values() if tensor.is_floating_point()]
    for i, tensor in enumerate(tensors):
        order = generator(seed, "shuffled weights", i).permutation(tensor.numel())
        tensor.copy_(tensor.flatten()[torch.from_numpy(order)].view_as(tensor))
    return shuffled


def rank_correlations(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Spearman's correlation of maps (B, H, W) pair by pair, (B,); a map without any variation is like nothing: 0."""
    from scipy.stats import rankdata

    a, b = (rankdata(maps.reshape(len(maps), -1), axis=1) for maps in (ours, theirs))
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    scale = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.divide((a * b).sum(axis=1), scale, out=np.zeros(len(a)), where=scale > 0)


def _random_map(maps: Tensor, seed: int, order: int) -> Tensor:
    return torch.from_numpy(generator(seed, "deletion order", order).random(maps.shape))


def _mean(name: str, values: np.ndarray) -> Score:
    return bootstrapped(name, len(values), lambda at: float(values[at].mean()))[0]
