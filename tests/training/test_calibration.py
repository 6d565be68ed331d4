"""Calibration: nothing where a task chooses nothing, and a note where there is no validation split to choose on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from penjing.data.dataset import Dataset, Split
from penjing.settling import asked
from penjing.training.calibration import calibrated
from penjing.training.job import plan
from penjing.training.session import fresh_network
from tests.tasks.shapes import job_on, labelled, numbered


def without_validation(data: Dataset) -> Dataset:
    test = data.splits["test"]
    return replace(data, splits=data.splits | {"validation": Split(test.inputs[:0], test.truths[:0])})


def test_one_class_a_picture_needs_none() -> None:
    job = plan("sklearn:digits", asked({"validation": 0}))
    chosen = calibrated(job, fresh_network(job))
    assert chosen.spec is job.spec
    assert chosen.findings == []


@pytest.mark.parametrize("data", [labelled(40), numbered(40)], ids=["labels", "number"])
def test_without_a_validation_split_the_spec_stays_and_that_is_said(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_on(without_validation(data), monkeypatch, {})
    chosen = calibrated(job, fresh_network(job))
    assert chosen.spec is job.spec
    assert [(finding.rule, finding.severity) for finding in chosen.findings] == [("not-calibrated", "note")]


def test_a_task_is_asked_once_where_there_are_examples_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_on(numbered(40), monkeypatch, {})
    asked_with: list[int] = []

    def calibrate(answers: Sequence[Any], truths: Sequence[Any], spec: Any) -> Any:
        asked_with.append(len(answers))
        return spec

    monkeypatch.setattr(job.task, "calibrate", calibrate)
    calibrated(job, fresh_network(job))
    assert asked_with == [len(job.data.splits["validation"])]


@pytest.mark.parametrize(("n", "rules"), [(32, ["not-calibrated"]), (36, [])])  # of which a fourth is held back
def test_an_interval_needs_nine_examples_and_fewer_are_told(
    n: int, rules: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_on(numbered(n), monkeypatch, {})
    chosen = calibrated(job, fresh_network(job))
    assert [finding.rule for finding in chosen.findings] == rules
    assert (chosen.spec.margin is None) == bool(rules)
    assert all("only 8 were held back; it needs at least 9" in told.why for told in chosen.findings)


@pytest.mark.parametrize(
    ("data", "told"),
    [(labelled(32), "each label is answered from a probability of 0.5 on"), (numbered(32), "without an interval")],
    ids=["labels", "number"],
)
def test_on_few_examples_nothing_is_chosen_and_the_note_says_what_that_means(
    data: Dataset, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_on(data, monkeypatch, {})
    chosen = calibrated(job, fresh_network(job))
    assert chosen.spec is job.spec
    assert told in chosen.findings[0].what


@pytest.mark.parametrize("data", [labelled(40), numbered(40)], ids=["labels", "number"])
def test_with_one_something_is_chosen(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_on(data, monkeypatch, {})
    chosen = calibrated(job, fresh_network(job))
    assert chosen.spec != job.spec
    assert chosen.findings == []
