"""What an evaluation cost, over several trainings."""

from typing import cast

import pytest

from penjing.evaluation.record import Cost, Evaluation, mean_train_seconds
from penjing.evaluation.scores import Scores


def took(seconds: float | None) -> Evaluation:
    return Evaluation(
        split="test",
        scores=cast(Scores, None),
        baselines={},
        cost=Cost(train_seconds=seconds),
        engine="torch",
        data_fingerprint="0",
        times_scored=1,
    )


@pytest.mark.parametrize(
    ("seconds", "mean"), [([2.0, 4.0], 3.0), ([2.0, None, 4.0], 3.0), ([None], None), ([], None)], ids=str
)
def test_trainings_whose_seconds_are_not_known_count_for_nothing(
    seconds: list[float | None], mean: float | None
) -> None:
    assert mean_train_seconds([took(one) for one in seconds]) == mean
