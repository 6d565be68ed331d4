"""Scenes composed from pictures of single objects: what a detector, or a counter, learns from. No torch.

    pictures (N, h, w, C) uint8, labels (N,) -> compose -> scene (side, side, C) uint8, boxes_xyxy (M, 4), labels (M,)

Objects are light on dark, as handwritten digits are: each is resized, dimmed and laid over a dark, noisy ground, apart
from the others. A scene is a function of the generator that it is composed with.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec
import numpy as np
from PIL import Image

from penjing.data.batches import Share
from penjing.data.dataset import SPLITS, Dataset, Split
from penjing.randomness import generator

SCENES = 200  # fixed ones in each split
SIZES = (1 / 6, 5 / 12)  # of an object, as shares of the scene's side: 8 to 20 pixels of 48
CONTRAST = (0.6, 1.0)  # an object's brightest pixel, as a share of what it was
GROUND = 64  # levels: the brightest ground
NOISE = 10  # levels: standard deviation of each pixel
INK = 32  # levels: what is darker belongs to the ground
GAP = 1  # pixels between two boxes
TRIES = 20  # places looked at before an object is left out


class Truth(NamedTuple):
    """What is in a picture."""

    boxes_xyxy: np.ndarray  # (M, 4) float32, pixels
    labels: np.ndarray  # (M,) int64


class Scene(NamedTuple):
    """A picture, and what is in it."""

    picture: np.ndarray  # (side, side, C) uint8
    truth: Truth


def compose(
    pictures: Sequence[np.ndarray] | np.ndarray,
    labels: Sequence[int] | np.ndarray,
    rng: np.random.Generator,
    *,
    side: int = 48,
    most: int = 6,
) -> Scene:
    """Lay 0 to `most` objects on one canvas.

    Args:
        pictures: N of (h, w, C) uint8, light on dark.
        labels: (N,) integers.
        rng: where every draw comes from.
        side: height and width of the scene, pixels.
        most: objects that are tried; one that finds no free place is left out.

    Returns:
        The scene. A box is the smallest that holds an object's ink.
    """
    channels = pictures[0].shape[2]
    canvas = np.full((side, side, channels), rng.uniform(0, GROUND), dtype=np.float32)
    boxes: list[np.ndarray] = []
    found: list[int] = []
    for at in rng.integers(0, len(pictures), rng.integers(0, most + 1)):
        ink = _ink_of(_resized(pictures[at], side * np.exp(rng.uniform(*np.log(SIZES)))))
        place = _free_place(ink.shape[:2], boxes, side, rng)
        if place is None:
            continue
        x, y = place
        height, width = ink.shape[:2]
        window = canvas[y : y + height, x : x + width]
        np.maximum(window, ink * rng.uniform(*CONTRAST), out=window)
        boxes.append(np.array([x, y, x + width, y + height]))
        found.append(int(labels[at]))
    canvas += NOISE * rng.standard_normal(canvas.shape, dtype=np.float32)
    truth = Truth(np.array(boxes, dtype=np.float32).reshape(-1, 4), np.array(found, dtype=np.int64))
    return Scene(np.clip(np.rint(canvas), 0, 255).astype(np.uint8), truth)


class Composed(msgspec.Struct, frozen=True):
    """Batches of scenes that are composed for their step and never seen again.

    Args:
        objects: pictures with labels, what scenes are composed of.
        batch_size: scenes a step, over all processes.
        seed: of the training.
        side: as in `compose`.
        most: as in `compose`.
        share: this process's part.
    """

    objects: Split
    batch_size: int
    seed: int
    side: int
    most: int
    share: Share = Share()

    @property
    def steps_per_epoch(self) -> int:
        """An epoch is as many scenes as there are objects."""
        return max(len(self.objects) // self.batch_size, 1)

    def at(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The scenes of a step and what is in them, padded to one shape.

        Returns:
            pictures (B, side, side, C) uint8; boxes_xyxy (B, most, 4) float32, pixels; labels (B, most) int64, -1 where
            a scene has fewer objects.
        """
        places = range(self.share.rank, self.batch_size, self.share.ranks)
        pictures = []
        boxes_xyxy = np.zeros((len(places), self.most, 4), dtype=np.float32)
        labels = np.full((len(places), self.most), -1, dtype=np.int64)
        for i, place in enumerate(places):
            rng = generator(self.seed, f"scenes/{place}", step)
            picture, truth = compose(self.objects.inputs, self.objects.truths, rng, side=self.side, most=self.most)
            pictures.append(picture)
            boxes_xyxy[i, : len(truth.labels)] = truth.boxes_xyxy
            labels[i, : len(truth.labels)] = truth.labels
        return np.stack(pictures), boxes_xyxy, labels


def fixed_scenes(data: Dataset, seed: int, *, side: int, most: int) -> Dataset:
    """A data set of fixed scenes in place of one of pictures, each split's scenes of that split's pictures alone.

    Args:
        data: pictures with labels.
        seed: of the fixed scenes, apart from that of a training; the division's seed.
        side: as in `compose`.
        most: as in `compose`.

    Returns:
        Splits of `SCENES` scenes, inputs (N, side, side, C) uint8 and truths N of `Truth`, with the pictures that they
        were composed of, so that a training can compose more.
    """
    splits = {name: _split(name, data.splits[name], seed, side, most) for name in SPLITS}
    return replace(data, splits=splits, as_listed="")  # scenes are other examples than what they are composed of


def objects_of(split: Split) -> Split:
    """The pictures that a split's scenes were composed of."""
    assert split.composed_of is not None  # `fixed_scenes` says so of every split that holds scenes
    return split.composed_of


def _split(name: str, split: Split, seed: int, side: int, most: int) -> Split:
    if not len(split):  # a validation split of size zero stays one
        return split
    scenes = [
        compose(split.inputs, split.truths, generator(seed, f"scenes/{name}", i), side=side, most=most)
        for i in range(SCENES)
    ]
    return Split(
        np.stack([scene.picture for scene in scenes]),
        [scene.truth for scene in scenes],
        [f"{name} scene #{i}" for i in range(SCENES)],
        composed_of=split,
    )


def _resized(picture: np.ndarray, side: float) -> np.ndarray:
    """The picture with its longer side at `side` pixels."""
    factor = side / max(picture.shape[:2])
    size = (max(round(picture.shape[1] * factor), 1), max(round(picture.shape[0] * factor), 1))
    plain = picture[:, :, 0] if picture.shape[2] == 1 else picture
    return np.asarray(Image.fromarray(plain).resize(size, Image.Resampling.BILINEAR)).reshape(*size[::-1], -1)


def _ink_of(picture: np.ndarray) -> np.ndarray:
    """The part of a picture that its ink fills; the whole picture where there is none."""
    ink = picture.max(axis=2) > INK
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else picture


def _free_place(
    size: tuple[int, ...], boxes: list[np.ndarray], side: int, rng: np.random.Generator
) -> tuple[int, int] | None:
    height, width = size
    for x, y in rng.integers(0, [side - width + 1, side - height + 1], (TRIES, 2)).tolist():
        if all(
            x >= box[2] + GAP or box[0] >= x + width + GAP or y >= box[3] + GAP or box[1] >= y + height + GAP
            for box in boxes
        ):
            return x, y
    return None
