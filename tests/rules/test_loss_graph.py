"""What is read off the graph of a loss, held against torch.nn.functional itself."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from penjing.rules.loss_graph import objective_of

LOGITS = torch.randn(12, 5, generator=torch.Generator().manual_seed(1)).requires_grad_()
LABELS = torch.arange(12) % 5
PLAIN = F.cross_entropy(LOGITS, LABELS).item()


@pytest.mark.parametrize(
    "loss",
    [
        F.cross_entropy,
        lambda x, y: F.cross_entropy(x, y, reduction="sum"),
        lambda x, y: F.cross_entropy(x, y, reduction="none").mean(),
        lambda x, y: F.cross_entropy(x, y, weight=torch.rand(5)),
        lambda x, y: F.cross_entropy(x, y, label_smoothing=0.2),
        lambda x, y: 1024 * F.cross_entropy(x, y) + x.square().mean(),
        lambda x, y: F.nll_loss(F.log_softmax(x, dim=1), y),
        lambda x, y: F.cross_entropy(x.T[None], y[None]),
    ],
    ids=["mean", "sum", "none", "weighted", "smoothed", "scaled", "nll", "dense"],
)
def test_knows_the_plain_mean_whatever_the_loop_makes_of_it(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    found = objective_of(loss(LOGITS, LABELS))
    assert found is not None
    assert (found.classes, found.after) == (5, "")
    assert found.loss == pytest.approx(PLAIN, abs=1e-5)


def test_ignored_labels_do_not_count() -> None:
    labels = LABELS.clone()
    labels[3:] = -100
    found = objective_of(F.cross_entropy(LOGITS, labels))
    assert found is not None
    assert found.loss == pytest.approx(F.cross_entropy(LOGITS[:3], LABELS[:3]).item(), abs=1e-5)
    assert found.label_entropy == pytest.approx(math.log(3))


@pytest.mark.parametrize(
    ("before", "named"),
    [
        (lambda x: x.softmax(1), "softmax"),
        (lambda x: x.softmax(1).reshape(12, 5, 1).squeeze(2), "softmax"),
        (lambda x: x.softmax(1)[None, :, :][0], "softmax"),
        (lambda x: torch.cat([x, x]).softmax(1)[:12], "softmax"),
        (lambda x: torch.cat([x, x]).softmax(1)[torch.arange(12)], "softmax"),
        (lambda x: x.softmax(1) * 1.0, "softmax"),
        (lambda x: x.softmax(1) * 20, ""),
        (lambda x: x.softmax(1) * torch.rand(12, 5), ""),
        (lambda x: torch.cat([x, x], 1).log_softmax(1)[:, :5], ""),
        (lambda x: x.log_softmax(1), "log_softmax"),
        (lambda x: x.softmax(1) @ torch.eye(5), ""),
        (lambda x: x.sigmoid(), ""),
    ],
    ids=[
        "softmax",
        "through views",
        "select",
        "slice",
        "index",
        "times 1",
        "times 20",
        "masked",
        "log_softmax of more",
        "log_softmax",
        "deeper",
        "sigmoid",
    ],
)
@pytest.mark.parametrize("target", [LABELS, F.one_hot(LABELS, 5).float()], ids=["labels", "probabilities"])
def test_names_what_stands_before_cross_entropy(before: Callable[[Tensor], Tensor], named: str, target: Tensor) -> None:
    found = objective_of(F.cross_entropy(before(LOGITS), target))
    assert found is not None
    assert found.after == named


HEAD, BARE = nn.Linear(5, 5), nn.Linear(5, 5, bias=False)
POINT, BARE_POINT = nn.Conv1d(5, 5, 1), nn.Conv1d(5, 5, 1, bias=False)


@pytest.mark.parametrize(
    ("logits", "affine"),
    [
        (HEAD, True),
        (lambda x: HEAD(x.reshape(3, 4, 5)).flatten(0, 1), True),
        (lambda x: HEAD(x.reshape(3, 4, 5).transpose(0, 1)).flatten(0, 1), True),
        (lambda x: HEAD(torch.stack([x, x], 1))[:, -1].double(), True),
        (lambda x: POINT(x[:, :, None])[:, :, 0], True),
        (BARE, False),
        (lambda x: BARE_POINT(x[:, :, None])[:, :, 0], False),
        (lambda x: HEAD(x) / 0.07, False),
        (lambda x: 30 * HEAD(x), False),
        (lambda x: x @ x[:5].T, False),
        (lambda x: x, False),
    ],
    ids=["head", "3d", "out of order", "last", "conv", "no bias", "conv, no bias", "cold", "scaled", "similar", "leaf"],
)
def test_knows_whether_a_layer_with_a_bias_gives_the_logits(logits: Callable[[Tensor], Tensor], affine: bool) -> None:
    found = objective_of(F.cross_entropy(logits(LOGITS), LABELS))
    assert found is not None
    assert found.affine == affine


@pytest.mark.parametrize(
    "loss", [LOGITS.square().mean(), F.nll_loss(LOGITS, LABELS), torch.tensor(1.0)], ids=["mse", "policy", "no graph"]
)
def test_none_where_there_is_no_cross_entropy(loss: Tensor) -> None:
    assert objective_of(loss) is None
