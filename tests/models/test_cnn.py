"""The small networks: first loss, shapes, parameter counts by formula."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from penjing.models.cnn import CNN
from penjing.models.mlp import MLP


@pytest.mark.parametrize("network", [CNN(10, 1), MLP(64, 10)], ids=["cnn", "mlp"])
def test_first_loss_is_that_of_a_uniform_guess(network: nn.Module) -> None:
    torch.manual_seed(0)
    loss = F.cross_entropy(network(torch.randn(256, 1, 8, 8)), torch.randint(0, 10, (256,)))
    assert loss.item() == pytest.approx(math.log(10), rel=0.05)


def test_cnn_parameters_by_formula() -> None:
    convolutions = 9 * (3 * 16 + 16 * 16 + 16 * 24 + 24 * 24)
    norms = 2 * (16 + 16 + 24 + 24)
    assert sum(p.numel() for p in CNN(7, 3, widths=(16, 24)).parameters()) == convolutions + norms + 24 * 7 + 7


def test_mlp_parameters_by_formula() -> None:
    assert sum(p.numel() for p in MLP(12, 3, widths=(5,)).parameters()) == 12 * 5 + 5 + 5 * 3 + 3


@pytest.mark.parametrize("size", [(8, 8), (2, 2), (9, 31)])
def test_cnn_takes_any_size(size: tuple[int, int]) -> None:
    assert CNN(10, 3).eval()(torch.randn(2, 3, *size)).shape == (2, 10)
