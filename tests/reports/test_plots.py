"""Plots: what stands where, against the log and the scores they are drawn from."""

import numpy as np
import pytest

from penjing.reports.plots import confusion, curves, intervals
from tests.reports.test_verdict import bits, evaluated, right


def test_ours_stands_first_and_then_the_hardest_to_beat() -> None:
    plot = intervals(evaluated(bits(2.0), unigram=bits(4.0), trigram=bits(3.0)))
    assert [row.name for row in plot.rows] == ["this network", "trigram", "unigram"]
    assert plot.rows[0].value < plot.rows[1].value < plot.rows[2].value  # fewer bits stand further left


def test_an_interval_is_drawn_around_its_value() -> None:
    for row in intervals(evaluated(right(150), svm=right(20))).rows:
        assert 0 <= row.low < row.value < row.high <= 100
        assert row.value == pytest.approx(intervals(evaluated(right(150), svm=right(20))).axis.place(row.score.value))


LOG = [
    {"step": 1, "loss": 2.0, "lr": 0.0, "gradient_norm": 1.0, "policy": -0.5, "fraction": 0.25, "seconds": 0.1},
    {"step": 2, "loss": None, "lr": 0.1, "gradient_norm": 1.0, "policy": -0.4, "fraction": 0.5, "seconds": 0.2},
    {"step": 2, "fraction": 0.5, "seconds": 0.2, "validation": 0.5, "low": 0.4, "high": 0.6, "name": "accuracy"},
    {"step": 4, "loss": 1.0, "lr": 0.05, "gradient_norm": 1.0, "policy": -0.3, "fraction": 1.0, "seconds": 0.4},
]


def test_each_quantity_of_the_log_has_its_curve() -> None:
    drawn = {curve.title: curve for curve in curves(LOG)}
    assert list(drawn) == ["training loss", "validation accuracy", "learning rate", "policy"]
    assert drawn["learning rate"].last == "0.05"
    assert drawn["learning rate"].y.place(0) >= 0  # a rate is read against zero


def test_a_curve_goes_up_where_its_values_do() -> None:
    loss = curves(LOG)[0]
    (x1, y1), (x2, y2) = [tuple(map(float, point.split(","))) for point in loss.line.split()]  # the null is left out
    assert (x1, x2) == (25, 100)
    assert y1 < y2  # SVG counts from the top: the loss fell


def test_a_loss_that_falls_far_is_drawn_on_a_log_scale() -> None:
    lines = [{"step": step, "loss": 10.0**-step, "lr": 0.1, "fraction": 1.0} for step in range(4)]
    loss = curves(lines)[0]
    heights = [float(point.split(",")[1]) for point in loss.line.split()]
    assert loss.title == "training loss, log scale"
    assert np.diff(heights) == pytest.approx(np.full(3, heights[1] - heights[0]), abs=0.02)


def test_no_log_no_curves() -> None:
    assert curves([]) == []


def test_the_worst_confusion_stands_first() -> None:
    found = confusion({"confusion": [[5, 3, 0], [0, 7, 1], [4, 0, 0]], "classes": ["a", "b", "c"]})
    assert found is not None
    assert found.worst == [(4, "c", "a"), (3, "a", "b"), (1, "b", "c")]
    assert [sum(share for _, share in row) for row in found.rows] == pytest.approx([1, 1, 1])


def test_no_matrix_where_it_could_not_be_read() -> None:
    names = [f"class {i}" for i in range(40)]
    found = confusion({"confusion": np.eye(40, dtype=int).tolist(), "classes": names})
    assert found is not None
    assert not found.is_drawn
    assert confusion({}) is None
