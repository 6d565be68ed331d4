"""The stream of pictures: what it reads, and that labels stay with their pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from penjing.data.augmentation.augment import Augment
from penjing.data.augmentation.settings import Augmentation
from penjing.data.batches import Share, Shuffled
from penjing.tasks.pictures import LabelledPictures, MixedPictures, Normalize, PictureStream


def stream(share: Share = Share(), **settings: Any) -> PictureStream:  # noqa: B008  a frozen struct
    """Picture i of 200 is i all over, and so is its label; mean 0, spread 1 / 255."""
    labels = np.arange(200)
    pictures = np.broadcast_to(labels.astype(np.uint8)[:, None, None, None], (200, 8, 8, 3))
    augment = Augment(Augmentation(**settings), (0.0,) * 3, (1 / 255,) * 3)
    return PictureStream(pictures, labels, Shuffled(200, 16, 0, share), augment)


def test_labels_stay_with_their_pictures() -> None:
    batch = stream(mirror=True, crop=0.2, border="reflect").at(5)
    assert isinstance(batch, LabelledPictures)
    assert torch.equal(batch.x, batch.y.float().view(-1, 1, 1, 1).expand(16, 3, 8, 8))


def test_a_mirrored_picture_has_its_own_label() -> None:
    sides = np.zeros((200, 8, 8, 3), np.uint8)
    sides[:, :, :4] = 255  # bright on the left, which is 1, and mirrored on the right
    augment = Augment(Augmentation(mirror=True), (0.0,) * 3, (1 / 255,) * 3)
    ones = np.ones(200, np.float32)
    batch = PictureStream(sides, ones, Shuffled(200, 64, 0), augment, mirrored=-ones).at(0)
    is_left = batch.x[:, 0, 0, 0] > 0
    assert 0 < is_left.sum() < 64
    assert torch.equal(batch.y, torch.where(is_left, 1.0, -1.0))


def test_both_labels_of_a_mixed_picture_are_those_of_its_parts() -> None:
    batch = stream(mixup=1.0).at(5)
    assert isinstance(batch, MixedPictures)
    expected = batch.weight * batch.y + (1 - batch.weight) * batch.other_y
    torch.testing.assert_close(batch.x[:, 0, 0, 0], expected)


@pytest.mark.parametrize("settings", [{"rotate": 10, "cutout": 0.3, "brightness": 0.3}, {"mixup": 1.0, "cutmix": 1.0}])
def test_a_batch_is_a_function_of_its_step(settings: dict[str, Any]) -> None:
    forwards = stream(**settings)
    seen = [forwards.at(step) for step in range(15)]
    backwards = stream(**settings)
    for step in reversed(range(15)):
        assert all(torch.equal(a, b) for a, b in zip(seen[step], backwards.at(step), strict=True))
    assert not torch.equal(seen[0].x, seen[12].x)


def test_processes_draw_each_their_own() -> None:
    halves = [stream(Share(rank, 2), shift=0.3).at(0) for rank in range(2)]
    assert not set(halves[0].y.tolist()) & set(halves[1].y.tolist())
    shapes = [half.x[:, 0] / half.y.clamp(min=1).view(-1, 1, 1) for half in halves]
    assert not torch.equal(*shapes)


def test_pictures_stay_where_they_are_and_a_batch_is_read_from_there(tmp_path: Path) -> None:
    raw = np.random.default_rng(0).integers(0, 256, (50, 6, 5, 3), dtype=np.uint8)
    raw.tofile(tmp_path / "pictures")
    mapped = np.memmap(tmp_path / "pictures", np.uint8, "r", shape=raw.shape)
    augment = Augment(Augmentation(), (0.5,) * 3, (0.2,) * 3)
    batches = PictureStream(mapped, np.arange(50), Shuffled(50, 8, 0), augment)
    assert batches.pictures is mapped
    expected = Normalize((0.5,) * 3, (0.2,) * 3)(torch.from_numpy(raw).permute(0, 3, 1, 2).float())
    batch = batches.at(0)
    assert torch.equal(batch.x, expected[batch.y])


def test_the_loss_of_a_mixed_batch_is_that_of_soft_targets() -> None:
    logits, y, other_y, weight = torch.randn(6, 4), torch.arange(6) % 4, torch.arange(1, 7) % 4, torch.rand(6)
    batch = MixedPictures(torch.empty(6, 1, 1, 1), y, other_y, weight, 1 - weight)
    soft = weight[:, None] * F.one_hot(y, 4) + (1 - weight)[:, None] * F.one_hot(other_y, 4)
    loss = batch.mean(lambda y: F.cross_entropy(logits, y, reduction="none", label_smoothing=0.1))
    torch.testing.assert_close(loss, F.cross_entropy(logits, soft, label_smoothing=0.1))
