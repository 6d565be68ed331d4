"""CenterNet: its targets, its losses and its decoding, each against a formula or against the other."""

import math

import pytest
import torch
import torch.nn.functional as F

from penjing.models import center_net
from penjing.models.center_net import CenterNet, box_loss, boxes_at, decode, heat_loss, targets_of

BOXES = torch.tensor([[[4.0, 8.0, 20.0, 18.0], [30.0, 21.0, 41.0, 44.0]]])  # of one picture of 48 pixels
LABELS = torch.tensor([[2, 0]])


def perfect_maps(classes: int = 3, size: int = 12) -> torch.Tensor:
    """The maps that say exactly BOXES and LABELS: a peak in the cell of each center, every point knowing its box."""
    maps = torch.full((1, classes + 4, size, size), -9.0)
    for box, label in zip(BOXES[0], LABELS[0], strict=True):
        x, y = ((box[:2] + box[2:]) / 2 / center_net.STRIDE).floor().long().tolist()
        maps[0, label, y, x] = 9.0
        point = center_net.STRIDE * torch.tensor([x + 0.5, y + 0.5])
        maps[0, classes:, y, x] = torch.log(torch.cat([point - box[:2], box[2:] - point]) / center_net.STRIDE)
    return maps


def test_it_is_small_and_starts_with_its_prior() -> None:
    network = CenterNet(10).eval()
    assert sum(parameter.numel() for parameter in network.parameters()) == 155_438 <= 300_000
    maps = network(torch.randn(2, 1, 48, 64))
    assert maps.shape == (2, 14, 12, 16)
    assert maps[:, :10].sigmoid().mean().item() == pytest.approx(center_net.PRIOR, rel=0.2)


def test_decoding_perfect_maps_gives_the_boxes_back() -> None:
    boxes, labels, scores = decode(perfect_maps(), 5, 48, 48)
    assert boxes.shape == (1, 5, 4)
    order = boxes[0, :2, 0].argsort()
    torch.testing.assert_close(boxes[0, order], BOXES[0])
    assert labels[0, order].tolist() == LABELS[0].tolist()
    assert (scores[0, :2] > 0.99).all()
    assert (scores[0, 2:] < 0.01).all()


def test_boxes_are_in_pixels_of_the_picture_that_was_resized() -> None:
    plain, _, _ = decode(perfect_maps(), 2, 48, 48)
    larger, _, _ = decode(perfect_maps(), 2, 96, 144)
    torch.testing.assert_close(larger, plain * torch.tensor([3.0, 2.0, 3.0, 2.0]))


def test_a_point_beside_a_surer_one_is_no_peak() -> None:
    maps = torch.full((1, 5, 12, 12), -9.0)
    maps[0, 0, 5, 5], maps[0, 0, 5, 6], maps[0, 0, 5, 8] = 3.0, 2.0, 1.0
    scores = decode(maps, 3, 48, 48)[2][0]
    expected = torch.tensor([3.0, 1.0, -9.0]).sigmoid()
    torch.testing.assert_close(scores, expected)


def test_the_right_maps_cost_nothing_and_wrong_ones_do() -> None:
    targets = targets_of(BOXES, LABELS, 3, 12, 12)
    maps = perfect_maps()
    assert heat_loss(maps[:, :3], targets.heat) < 0.01
    assert heat_loss(-maps[:, :3], targets.heat) > 10
    exact = (targets.heat.amax(dim=1, keepdim=True) == 1) * targets.weight  # the centers, where the maps know the box
    assert box_loss(maps[:, 3:], BOXES, exact).item() == pytest.approx(0, abs=1e-5)
    assert box_loss(maps[:, 3:] - 1, BOXES, exact) > 0.3


def test_targets_are_one_at_centers_and_padding_draws_nothing() -> None:
    padded, labels = F.pad(BOXES, (0, 0, 0, 1)), F.pad(LABELS, (0, 1), value=-1)
    targets = targets_of(padded, labels, 3, 12, 12)
    assert torch.nonzero(targets.heat[0] == 1).tolist() == [[0, 8, 8], [2, 3, 3]]  # class, y, x
    torch.testing.assert_close(targets.weight.sum(dim=(2, 3)), torch.tensor([[1.0, 1.0, 0.0]]))
    assert (targets.heat[0, 1] == 0).all()


def test_the_loss_of_boxes_is_one_less_the_generalized_iou() -> None:
    """A box of 4 by 4 beside one of 8 by 4, by hand: nothing is shared, and the hull of 12 by 4 is full."""
    distances = torch.zeros(1, 4, 1, 1) + math.log(0.5)  # the point (2, 2), two pixels to each side
    assert boxes_at(distances).flatten().tolist() == pytest.approx([0, 0, 4, 4])
    truth = torch.tensor([[[4.0, 0.0, 12.0, 4.0]]])
    assert box_loss(distances, truth, torch.ones(1, 1, 1, 1)).item() == pytest.approx(1 - 0 + 0)
    apart = torch.tensor([[[8.0, 0.0, 12.0, 4.0]]])  # hull 12 by 4 = 48, union 32
    assert box_loss(distances, apart, torch.ones(1, 1, 1, 1)).item() == pytest.approx(1 - 0 + 16 / 48)


def test_the_focal_loss_is_equation_one_of_the_paper() -> None:
    logits, heat = torch.tensor([[[[1.0, -0.5]]]]), torch.tensor([[[[1.0, 0.3]]]])
    p, q = 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(0.5))
    expected = -((1 - p) ** 2 * math.log(p)) - (1 - 0.3) ** 4 * q**2 * math.log(1 - q)
    assert heat_loss(logits, heat).item() == pytest.approx(expected, rel=1e-5)
