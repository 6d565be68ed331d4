"""The table of labels: the worst first, cut where it is long, and said so."""

from typing import Any

from penjing.reports.labels import MOST, Label, labels


def details(*precisions: float | None) -> dict[str, Any]:
    """Labels named by their place, of which the first holds in one example, the second in two."""
    rows = [
        {"label": f"label {k}", "n": k + 1, "average precision": value, "F1": value, "threshold": 0.375}
        for k, value in enumerate(precisions)
    ]
    return {"labels": rows}


def test_the_worst_comes_first_and_what_never_holds_last() -> None:
    found = labels(details(0.9, None, 0.25), 1000)
    assert found is not None
    assert [label.name for label in found.rows] == ["label 2", "label 0", "label 1"]
    assert found.rows[0] == Label("label 2", "3 (0%)", "0.25", "0.25", "0.38")
    assert found.rows[2].average_precision == found.rows[2].f1 == "\N{EN DASH}"


def test_a_long_list_keeps_its_worst_and_counts_the_others() -> None:
    precisions = [(7 * k % 50) / 50 for k in range(50)]
    found = labels(details(*precisions), 100)
    assert found is not None
    assert [float(label.average_precision) for label in found.rows] == sorted(precisions)[:MOST]
    assert found.more == 50 - MOST


def test_a_score_without_labels_has_no_table() -> None:
    assert labels({"confusion": [[1]]}, 1) is None
