"""What an evaluation cost, over several trainings."""

from typing import cast

import numpy as np
import pytest

from penjing.evaluation.record import Cost, Evaluation, mean_train_seconds, over_primary
from penjing.evaluation.scores import Scores, bootstrapped, share


def took(seconds: float | None, scores: Scores | None = None) -> Evaluation:
    return Evaluation(
        split="test",
        scores=cast(Scores, scores),
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


def test_over_trainings_an_accuracy_stays_a_share_and_a_return_goes_beyond_1() -> None:
    right = [np.arange(1000) < most for most in (980, 999)]
    accuracies = [share(one)[0] for one in right]
    returns = [bootstrapped("return", 1000, lambda at, one=one: float(one[at].mean()))[0] for one in right]
    found, free = (
        over_primary([took(1.0, Scores(primary=score, draws=())) for score in scores])
        for scores in (accuracies, returns)
    )
    assert found.value == free.value == pytest.approx(0.9895)
    assert (found.high, found.low) == (1.0, free.low)
    assert free.high is not None
    assert free.high > 1
