"""Integrated gradients. Oracles: the completeness axiom, and the formula for a linear network."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from penjing.explanation.classifiers import classifier_of, explained, logits_of, mean_color
from penjing.explanation.gradients import integrated_gradients
from penjing.verbs.opened import open_for_judging


def test_a_linear_network_is_explained_by_its_weights() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(2 * 3 * 5, 4))
    pictures, baseline = torch.rand(6, 2, 3, 5), torch.rand(1, 2, 1, 1)
    targets = torch.tensor([0, 1, 2, 3, 0, 1])
    maps, errors = integrated_gradients(network, pictures, targets, baseline)
    weights = network[1].weight[targets].view(6, 2, 3, 5)
    assert torch.allclose(maps, (weights * (pictures - baseline)).sum(dim=1), atol=1e-5)
    assert float(errors.max()) < 1e-3


def test_maps_of_digits_leave_nothing_unexplained(digits_run: Path) -> None:
    opened = open_for_judging(digits_run)
    assert opened.network is not None
    classifier = classifier_of(opened.task.graphs(opened.network, opened.spec), "classify")
    x, targets, maps, errors = explained(classifier, list(opened.data().splits["test"].inputs[:32]))
    logits = logits_of(classifier)
    with torch.no_grad():
        change = (logits(x) - logits(mean_color(classifier).expand_as(x))).gather(1, targets[:, None])[:, 0]
    missed = (maps.sum(dim=(1, 2)) - change).abs() / change.abs()
    assert torch.allclose(missed, errors, atol=1e-6)
    assert float(missed.median()) < 0.01
    assert float(np.quantile(missed, 0.9)) < 0.02
