"""The verdict claims what the paired interval allows, and no more."""

from typing import Any

import numpy as np
import pytest

from penjing.evaluation.record import Baseline, Cost, Evaluation
from penjing.evaluation.scores import Scores, bootstrapped, difference, share
from penjing.findings import Finding
from penjing.reports.verdict import caution, verdict


def right(count: int) -> Scores:
    primary, draws = share(np.arange(200) < count)
    return Scores(primary=primary, draws=tuple(draws.tolist()))


def bits(per_character: float) -> Scores:
    values = per_character + np.linspace(-0.1, 0.1, 200)
    primary, draws = bootstrapped(
        "bits per character", 200, lambda at: float(values[at].mean()), higher_is_better=False
    )
    return Scores(primary=primary, draws=tuple(draws.tolist()))


def evaluated(ours: Scores, **baselines: Scores) -> Evaluation:
    beside = {name: Baseline(theirs, difference(ours, theirs)) for name, theirs in baselines.items()}
    return Evaluation(
        split="test",
        scores=ours,
        baselines=beside,
        cost=Cost(parameters=65_834),
        engine="torch",
        data_fingerprint="0" * 16,
        times_scored=1,
    )


@pytest.mark.parametrize(
    ("evaluation", "claim"),
    [
        (evaluated(right(190), majority=right(20), svm=right(150)), "clearly better than the best baseline, svm"),
        (evaluated(right(190), majority=right(20), svm=right(191)), "within noise of the best baseline, svm"),
        (evaluated(right(100), majority=right(20), svm=right(190)), "clearly worse than the best baseline, svm"),
        (evaluated(bits(2.1), unigram=bits(4.0), trigram=bits(3.0)), "clearly better than the best baseline, trigram"),
        (evaluated(bits(3.5), unigram=bits(4.0), trigram=bits(3.0)), "clearly worse than the best baseline, trigram"),
        (evaluated(right(190)), "no baseline"),
    ],
)
def test_the_claim_follows_the_paired_interval(evaluation: Evaluation, claim: str) -> None:
    assert claim in verdict(evaluation)


def test_the_score_is_never_bare() -> None:
    assert verdict(evaluated(right(190), svm=right(150))).startswith(
        "Accuracy 0.950 [0.910, 0.973] on 200 test examples"
    )


def found(severity: Any) -> Finding:
    return Finding(rule="PJ101", severity=severity, what="what", where="where", why="why", try_="try")


@pytest.mark.parametrize(
    ("severities", "said"),
    [
        (["error", "warning", "warning", "note"], "1 error and 2 warnings found: read them before the score."),
        (["note"], None),
        ([], None),
    ],
)
def test_errors_and_warnings_come_before_the_score(severities: list[str], said: str | None) -> None:
    assert caution([found(severity) for severity in severities]) == said
