"""compare: paired differences of stored draws, what differs in settings, and no claim where none may be made."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from penjing.config import Choice
from penjing.evaluation.record import Evaluation
from penjing.evaluation.scores import Scores, share
from penjing.findings import PenjingError
from penjing.verbs.compare import compare

N = 400
SEEN_RIGHT = np.arange(N) % 10 > 0  # 90 % of the examples


@pytest.fixture
def run(digits_run: Path, tmp_path: Path) -> Callable[..., Path]:
    """`run("a", right)`: a run that answered these examples rightly; other facts of its evaluation may be given."""

    def make(name: str, right: np.ndarray, score: str = "accuracy", **facts: Any) -> Path:
        path = tmp_path / name
        shutil.copytree(digits_run, path)
        primary, draws = share(right, score)
        evaluation = msgspec.convert(json.loads((path / "scores.json").read_text())["test"], Evaluation)
        scores = Scores(primary=primary, draws=tuple(draws.tolist()))
        changed = msgspec.structs.replace(evaluation, scores=scores, **facts)
        (path / "scores.json").write_bytes(msgspec.json.encode({"test": changed}))
        return path

    return make


def test_the_difference_is_that_of_the_examples(run: Callable[..., Path]) -> None:
    better = SEEN_RIGHT | (np.arange(N) % 20 == 0)  # right on half of what the other has wrong
    first, second = compare(run("a", SEEN_RIGHT), run("b", better)).runs
    assert first.better_by is None
    assert second.better_by is not None
    assert second.better_by.value == pytest.approx((better.astype(float) - SEEN_RIGHT).mean())
    # Paired, the difference is a share of 5 % of 400: its bootstrap interval is that of the binomial
    spread = 1.96 * np.sqrt(0.05 * 0.95 / N)
    assert (second.better_by.low, second.better_by.high) == pytest.approx((0.05 - spread, 0.05 + spread), abs=0.005)
    assert second.better_by.is_clear


def test_one_example_more_is_within_noise_and_said(run: Callable[..., Path]) -> None:
    lucky = SEEN_RIGHT | (np.arange(N) == 0)
    comparison = compare(run("a", SEEN_RIGHT), run("b", lucky))
    assert [found.rule for found in comparison.findings] == ["PJ301"]


def test_the_same_answers_are_no_finding(run: Callable[..., Path]) -> None:
    assert compare(run("a", SEEN_RIGHT), run("b", SEEN_RIGHT)).findings == ()


def test_no_difference_is_claimed_where_the_examples_differ(run: Callable[..., Path]) -> None:
    comparison = compare(run("a", SEEN_RIGHT), run("b", ~SEEN_RIGHT, data_fingerprint="0123456789abcdef"))
    assert comparison.runs[1].better_by is None
    assert [(found.rule, found.severity) for found in comparison.findings] == [("other-examples", "warning")]


def test_the_same_examples_in_other_groups_are_told_as_that(run: Callable[..., Path]) -> None:
    a, b = run("a", SEEN_RIGHT), run("b", ~SEEN_RIGHT, data_fingerprint="0123456789abcdef")
    config = json.loads((b / "config.json").read_text())
    config["data"]["group"] = "patient"
    (b / "config.json").write_text(json.dumps(config))
    (told,) = compare(a, b).findings
    assert (told.rule, "group=patient and group=(none)" in told.what) == ("other-examples", True)


def test_settings_that_differ_are_named_with_both_values(run: Callable[..., Path]) -> None:
    a, b = run("a", SEEN_RIGHT), run("b", SEEN_RIGHT)
    config = json.loads((b / "config.json").read_text())
    was = config["origins"]["lr"]["value"]
    config["origins"]["lr"] = msgspec.to_builtins(Choice(0.5, "typed", "you typed it"))
    (b / "config.json").write_text(json.dumps(config))
    first, second = compare(a, b).runs
    assert first.settings == {}
    assert second.settings == {"lr": (was, 0.5)}


def test_nothing_is_scored_anew(run: Callable[..., Path]) -> None:
    paths = [run("a", SEEN_RIGHT), run("b", SEEN_RIGHT)]
    before = [(path / "scores.json").read_bytes() for path in paths]
    compare(*paths)
    assert [(path / "scores.json").read_bytes() for path in paths] == before


@pytest.mark.parametrize(
    ("other", "split", "rule"),
    [({"score": "AP50"}, "test", "not-comparable"), ({}, "validation", "not-scored")],
    ids=["another score", "a split that was not scored"],
)
def test_refused(run: Callable[..., Path], other: dict[str, str], split: str, rule: str) -> None:
    with pytest.raises(PenjingError) as caught:
        compare(run("a", SEEN_RIGHT), run("b", SEEN_RIGHT, **other), split=split)
    assert caught.value.finding.rule == rule
