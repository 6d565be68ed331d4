"""Optimizers: the updates of PyTorch and of the papers, on the groups that they should have."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from penjing.config import Train
from penjing.findings import PenjingError
from penjing.training import optimizers
from penjing.training.muon import orthogonalized
from penjing.training.optimizers import groups_of, optimizer_of


class Net(nn.Module):
    """Kernels, matrices and a norm whose parameters have three axes."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 6, 3, padding=1)
        self.norm = nn.LayerNorm((6, 4, 4))
        self.kernel = nn.Conv2d(6, 5, 3)
        self.matrix = nn.Linear(20, 30)
        self.head = nn.Linear(30, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.first(x)))
        logits: Tensor = self.head(F.relu(self.matrix(F.relu(self.kernel(x)).flatten(1))))
        return logits


def network() -> Net:
    torch.manual_seed(0)
    return Net()


def steps(network: nn.Module, optimizer: torch.optim.Optimizer, count: int = 5) -> dict[str, Tensor]:
    """The weights after some steps on random batches, always the same."""
    generator = torch.Generator().manual_seed(1)
    for _ in range(count):
        x, y = torch.randn(8, 1, 4, 4, generator=generator), torch.randint(3, (8,), generator=generator)
        optimizer.zero_grad()
        F.cross_entropy(network(x), y).backward()
        optimizer.step()
    return dict(network.state_dict())


def decayed_and_not(network: Net) -> list[dict[str, Any]]:
    decayed = [network.first.weight, network.kernel.weight, network.matrix.weight, network.head.weight]
    rest = [p for p in network.parameters() if all(p is not other for other in decayed)]
    return [{"params": decayed, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]


@pytest.mark.parametrize(
    ("settings", "theirs_of"),
    [
        ({"optimizer": "sgd", "momentum": 0.0}, lambda groups: torch.optim.SGD(groups, lr=0.05)),
        ({"optimizer": "sgd", "nesterov": False}, lambda groups: torch.optim.SGD(groups, lr=0.05, momentum=0.9)),
        ({"optimizer": "sgd"}, lambda groups: torch.optim.SGD(groups, lr=0.05, momentum=0.9, nesterov=True)),
        ({"optimizer": "adam"}, lambda groups: torch.optim.Adam(groups, lr=0.05)),
        ({"optimizer": "adamw"}, lambda groups: torch.optim.AdamW(groups, lr=0.05)),
        ({"optimizer": "adagrad"}, lambda groups: torch.optim.Adagrad(groups, lr=0.05)),
    ],
    ids=["sgd", "momentum", "nesterov", "adam", "adamw", "adagrad"],
)
def test_steps_are_those_of_torch(
    settings: dict[str, Any], theirs_of: Callable[[list[dict[str, Any]]], torch.optim.Optimizer]
) -> None:
    ours, theirs = network(), network()
    optimizer = optimizer_of(ours, Train(lr=0.05, weight_decay=0.1, **settings))
    after, expected = steps(ours, optimizer), steps(theirs, theirs_of(decayed_and_not(theirs)))
    for key, tensor in after.items():
        torch.testing.assert_close(tensor, expected[key], rtol=1e-5, atol=1e-6)


def newton_schulz(gradient: Tensor) -> Tensor:
    """`zeropower_via_newtonschulz5` of the published code, its bfloat16 left out."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = gradient
    if gradient.size(-2) > gradient.size(-1):
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        update = b * gram + c * gram @ gram
        x = a * x + update @ x
    return x.mT if gradient.size(-2) > gradient.size(-1) else x


def test_muon_is_the_published_update_on_hidden_kernels_and_adamw_elsewhere() -> None:
    train = Train(optimizer="muon", lr=0.05, weight_decay=0.1, momentum=0.8)
    ours, theirs = network(), network()
    hidden = [theirs.kernel.weight, theirs.matrix.weight]
    groups = [
        {**group, "params": [p for p in group["params"] if all(p is not other for other in hidden)]}
        for group in decayed_and_not(theirs)
    ]
    adamw = torch.optim.AdamW(groups, lr=0.05)
    averages = [torch.zeros_like(p) for p in hidden]

    @torch.no_grad()
    def muon(*_: Any) -> None:
        for parameter, average in zip(hidden, averages, strict=True):
            assert parameter.grad is not None
            average.lerp_(parameter.grad, 1 - 0.8)
            update = newton_schulz(parameter.grad.lerp(average, 0.8).view(len(parameter), -1))
            parameter.mul_(1 - 0.05 * 0.1)
            parameter.add_(update.view(parameter.shape), alpha=-0.05 * 0.2 * math.sqrt(max(update.shape)))
            parameter.grad = None

    adamw.register_step_post_hook(muon)
    after, expected = steps(ours, optimizer_of(ours, train)), steps(theirs, adamw)
    for key, tensor in after.items():
        torch.testing.assert_close(tensor, expected[key], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 0.02), ("bf16", 0.005)])
def test_muon_on_a_matrix_is_torchs_which_computes_in_bfloat16(precision: Any, tolerance: float) -> None:
    ours = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 6), nn.Linear(6, 3)).requires_grad_(requires_grad=False)
    ours[1].weight.requires_grad = True
    torch.manual_seed(3)
    start, gradients = ours[1].weight.detach().clone(), torch.randn(4, 6, 8)
    theirs = nn.Parameter(start.clone())
    train = Train(optimizer="muon", lr=0.1, momentum=0.9, weight_decay=0.1, precision=precision)
    mine = optimizer_of(ours, train)
    mine.param_groups[0]["orthogonalize"] = True  # the only matrix that is trained is first and last too
    reference = torch.optim.Muon([theirs], lr=0.1, momentum=0.9, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for gradient in gradients:
        ours[1].weight.grad, theirs.grad = gradient.clone(), gradient.clone()
        mine.step()
        reference.step()
    moved = (theirs - start).norm()
    assert (ours[1].weight - theirs).norm() < tolerance * moved


@pytest.mark.parametrize("shape", [(5, 17), (17, 5), (9, 9), (1, 4)])
def test_singular_values_are_moved_about_one_and_vectors_stay(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    matrix = torch.randn(shape)
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    values = (u.T @ orthogonalized(matrix) @ v.T).diagonal()
    assert ((values > 0.3) & (values < 1.3)).all()
    rebuilt = u @ torch.diag(values) @ v
    torch.testing.assert_close(orthogonalized(matrix), rebuilt, rtol=1e-3, atol=1e-3)


def names_in(network: nn.Module, groups: list[dict[str, Any]]) -> Iterator[set[str]]:
    names = {id(p): name for name, p in network.named_parameters()}
    yield from ({names[id(p)] for p in group["params"]} for group in groups)


def test_norms_of_any_shape_and_biases_are_not_decayed() -> None:
    ours = network()
    groups = groups_of(ours, Train(weight_decay=0.3))
    by_decay = dict(zip((group["weight_decay"] for group in groups), names_in(ours, groups), strict=True))
    assert by_decay[0.3] == {"first.weight", "kernel.weight", "matrix.weight", "head.weight"}
    assert by_decay[0.0] == {name for name, _ in ours.named_parameters()} - by_decay[0.3]


def test_muon_leaves_first_last_embeddings_and_vectors_to_adamw() -> None:
    ours = nn.ModuleDict(
        {
            "a": nn.Linear(2, 2),
            "embed": nn.Embedding(4, 2),
            "b": nn.Linear(2, 2),
            "c": nn.Conv1d(2, 2, 1),
            "d": nn.Linear(2, 2),
        }
    )
    groups = groups_of(ours, Train(optimizer="muon"))
    orthogonal = [names for names, group in zip(names_in(ours, groups), groups, strict=True) if group["orthogonalize"]]
    assert orthogonal == [{"b.weight", "c.weight"}]


def test_factors_scale_the_step_and_zero_freezes(monkeypatch: pytest.MonkeyPatch) -> None:
    train = Train(optimizer="sgd", momentum=0.0, weight_decay=0.0, lr=0.1)
    plain, slowed = network(), network()
    start = {key: tensor.clone() for key, tensor in plain.state_dict().items()}
    factors = {"first.weight": 0.0, "matrix.weight": 0.25}
    factors_of = {plain: {}, slowed: factors}
    monkeypatch.setattr(optimizers, "factors_of", lambda network, train: factors_of[network])
    optimizer = optimizer_of(slowed, train)
    for group in optimizer.param_groups:
        group["lr"] = train.lr * group["factor"]
    after, scaled = steps(plain, optimizer_of(plain, train), 1), steps(slowed, optimizer, 1)
    assert not slowed.first.weight.requires_grad
    for key, tensor in after.items():
        expected = start[key] + factors.get(key, 1.0) * (tensor - start[key])
        torch.testing.assert_close(scaled[key], expected)


def test_nothing_to_train_is_refused() -> None:
    with pytest.raises(PenjingError, match="no parameter"):
        optimizer_of(nn.Sequential(nn.Flatten()), Train())
