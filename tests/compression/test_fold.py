"""Folding batch norm. Oracle: the network that was folded."""

import pytest
import torch
from torch import Tensor, nn

from penjing.compression.fold import fold_batch_norm
from penjing.findings import PenjingError
from penjing.models.cnn import CNN


class Residual(nn.Module):
    """The first convolution's output is read twice; the second's once."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.conv2, self.norm2 = nn.Conv2d(4, 4, 3, padding=1, groups=2), nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        return x + self.norm2(self.conv2(torch.relu(self.norm1(x))))


class Twice(nn.Module):
    """One convolution and norm, used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)
        self.last, self.last_norm = nn.Conv2d(3, 5, 1), nn.BatchNorm2d(5)

    def forward(self, x: Tensor) -> Tensor:
        return self.last_norm(self.last(self.norm(self.conv(self.norm(self.conv(x))))))


class Branching(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3))

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) if x.mean() > 0 else x


def with_random_statistics(network: nn.Module) -> nn.Module:
    """What a training leaves in batch norms is nothing like the zeros and ones that they start with."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_()
            module.running_var.uniform_(0.1, 3)
            nn.init.uniform_(module.weight, -2, 2)
            nn.init.normal_(module.bias)
    return network


def norms(network: nn.Module) -> list[str]:
    return [name for name, module in network.named_modules() if isinstance(module, nn.BatchNorm2d)]


@pytest.mark.parametrize(
    ("network", "left"),
    [(CNN(10, 3), []), (Residual(), ["norm1"]), (Twice(), ["norm"])],
    ids=["cnn", "read twice", "used twice"],
)
def test_folded_gives_the_same_answers_and_folds_only_what_it_may(network: nn.Module, left: list[str]) -> None:
    network = with_random_statistics(network).eval()
    folded = fold_batch_norm(network)
    x = torch.randn(4, 3, 8, 8)
    with torch.inference_mode():
        ours, theirs = folded(x), network(x)
    assert torch.allclose(ours, theirs, rtol=1e-5, atol=1e-5 * float(theirs.abs().max()))
    assert norms(folded) == left
    assert type(folded) is type(network)


def test_the_network_itself_stays_as_it_is() -> None:
    network = with_random_statistics(CNN(10, 1)).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    fold_batch_norm(network)
    assert network.training
    assert before.keys() == network.state_dict().keys()
    assert all(torch.equal(tensor, network.state_dict()[name]) for name, tensor in before.items())


@pytest.mark.parametrize(
    ("network", "reason"),
    [(nn.Sequential(nn.Linear(3, 3)), "no batch norm"), (Branching(), "cannot follow")],
    ids=["no norm", "branches on values"],
)
def test_what_cannot_be_folded_says_why(network: nn.Module, reason: str) -> None:
    with pytest.raises(PenjingError, match=reason) as caught:
        fold_batch_norm(network)
    assert caught.value.finding.rule == "cannot-fold"
