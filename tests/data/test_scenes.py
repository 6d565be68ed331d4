"""Scenes: a function of the generator, their boxes tight, their objects those of their own split."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penjing.data import scenes
from penjing.data.batches import Share
from penjing.data.dataset import SPLITS, Dataset, Split


def squares(n: int = 20, level: int = 255, first: int = 0) -> Split:
    """Pictures of a white square of 4 by 6 pixels on black, labelled by their number."""
    pictures = np.zeros((n, 8, 8, 1), dtype=np.uint8)
    pictures[:, 1:7, 2:6] = level
    return Split(pictures, np.arange(first, first + n))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), side=st.integers(24, 80), most=st.integers(1, 8))
def test_boxes_lie_inside_and_apart(seed: int, side: int, most: int) -> None:
    objects = squares()
    picture, truth = scenes.compose(objects.inputs, objects.truths, np.random.default_rng(seed), side=side, most=most)
    assert picture.shape == (side, side, 1)
    assert picture.dtype == np.uint8
    assert len(truth.boxes_xyxy) == len(truth.labels) <= most
    canvas = np.zeros((side, side), dtype=int)
    for x1, y1, x2, y2 in truth.boxes_xyxy.astype(int):
        assert 0 <= x1 < x2 <= side
        assert 0 <= y1 < y2 <= side
        canvas[y1:y2, x1:x2] += 1
    assert canvas.max(initial=0) <= 1


def test_a_box_holds_the_ink_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a black, noiseless ground, the bounding box of what is not black is the box of a single object."""
    monkeypatch.setattr(scenes, "GROUND", 0)
    monkeypatch.setattr(scenes, "NOISE", 0)
    objects = squares()
    seen = 0
    for seed in range(40):
        scene = scenes.compose(objects.inputs, objects.truths, np.random.default_rng(seed), most=1)
        if len(scene.truth.labels):
            y, x, _ = np.nonzero(scene.picture)
            assert scene.truth.boxes_xyxy.tolist() == [[x.min(), y.min(), x.max() + 1, y.max() + 1]]
            seen += 1
    assert seen > 10


def test_sizes_span_what_is_promised_and_counts_none_to_most() -> None:
    objects = squares()
    composed = [scenes.compose(objects.inputs, objects.truths, np.random.default_rng(i)) for i in range(300)]
    heights = np.concatenate([np.diff(scene.truth.boxes_xyxy[:, 1::2])[:, 0] for scene in composed])
    assert heights.min() <= 7  # six eighths of 8 pixels, and a blurred row
    assert heights.max() >= 15  # six eighths of 20
    assert {len(scene.truth.labels) for scene in composed} == set(range(7))


def test_a_batch_is_a_function_of_seed_and_step_and_is_shared_out_over_processes() -> None:
    def composed(seed: int, share: Share) -> scenes.Composed:
        return scenes.Composed(squares(), batch_size=6, seed=seed, side=32, most=3, share=share)

    whole = composed(0, Share()).at(5)
    for once, again in zip(whole, composed(0, Share()).at(5), strict=True):
        assert (once == again).all()
    assert (whole[0] != composed(0, Share()).at(6)[0]).any()
    assert (whole[0] != composed(1, Share()).at(5)[0]).any()
    for rank in range(2):
        for part, of in zip(composed(0, Share(rank, 2)).at(5), whole, strict=True):
            assert (part == of[rank::2]).all()
    pictures, boxes_xyxy, labels = whole
    assert (pictures.shape, boxes_xyxy.shape, labels.shape) == ((6, 32, 32, 1), (6, 3, 4), (6, 3))
    assert (boxes_xyxy[labels == -1] == 0).all()


def test_scenes_of_a_split_hold_its_own_objects_and_depend_on_the_division_alone() -> None:
    """Each split's squares have labels of their own, so a label tells where an object came from."""
    data = Dataset("squares", "pictures", {name: squares(first=20 * i) for i, name in enumerate(SPLITS)})
    fixed, again, other = (scenes.fixed_scenes(data, seed, side=32, most=4) for seed in (0, 0, 1))
    for i, name in enumerate(SPLITS):
        split = fixed.splits[name]
        labels = np.concatenate([truth.labels for truth in split.truths])
        assert (labels // 20 == i).all()
        assert len(split) == scenes.SCENES
        assert scenes.objects_of(split) is data.splits[name]
        assert (split.inputs == again.splits[name].inputs).all()
        assert (split.inputs != other.splits[name].inputs).any()


def test_a_validation_split_of_nothing_stays_one() -> None:
    nothing = Split(np.zeros((0, 8, 8, 1), dtype=np.uint8), np.zeros(0, dtype=np.int64))
    data = Dataset("squares", "pictures", {"train": squares(), "validation": nothing, "test": squares()})
    assert len(scenes.fixed_scenes(data, 0, side=32, most=4).splits["validation"]) == 0
