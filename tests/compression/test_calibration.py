"""Calibration sees training examples, through the pipeline that is shipped."""

from pathlib import Path

import numpy as np

from penjing.compression.calibration import EXAMPLES, feeds_of
from penjing.verbs.opened import open_for_judging


def test_feeds_are_training_pictures_drawn_by_the_seed(digits_run: Path) -> None:
    opened = open_for_judging(digits_run)
    train = opened.data().splits["train"]
    fed = [
        np.concatenate([feed["picture"] for feed in feeds_of(opened.task, opened.predictor, train, seed)["classify"]])
        for seed in (0, 0, 1)
    ]
    known = {picture.tobytes() for picture in np.asarray(train.inputs)}
    assert len(fed[0]) == EXAMPLES
    assert all(picture.tobytes() in known for picture in fed[0])
    assert np.array_equal(fed[0], fed[1])
    assert not np.array_equal(fed[0], fed[2])
