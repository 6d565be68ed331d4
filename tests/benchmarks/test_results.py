"""RESULTS.md is a function of the records, and says what was not reached or not measured."""

from typing import Any

import pytest

from benchmarks.results import ROWS, Record, Row, render

MACHINE = {
    "processor": "Abacus",
    "cores": 2,
    "cores_taken": 0.0,
    "code": "commit abc",
    "system": "Linux x86_64",
    "threads": "1",
    "versions": {"Python": "3.11"},
}
ROW = Row(name="classify-0", section="tenant", command=("-m", "penjing", "train", "x"), floor="accuracy 0.985")


def record(row: Row, output: Any, seconds: tuple[float, ...] = (12.34,), **facts: Any) -> Record:
    return Record(name=row.name, command=row.command, seconds=seconds, output=output, machine=MACHINE | facts)


def score(value: float) -> dict[str, Any]:
    return {
        "name": "accuracy",
        "value": value,
        "low": value - 0.01,
        "high": value + 0.01,
        "method": "Wilson",
        "n": 1000,
    }


def trained(value: float, *, gain: float = 0.1) -> dict[str, Any]:
    ours = {"value": gain, "low": gain - 0.05, "high": gain + 0.05}
    return {
        "result": {
            "scores": {
                "test": {
                    "scores": {"primary": score(value)},
                    "baselines": {"trigram": {"scores": {"primary": score(0.5)}, "ours_less_this": ours}},
                    "cost": {"parameters": 65000, "macs": 1234567, "train_seconds": 9.8},
                }
            }
        }
    }


def line_of(page: str, start: str) -> str:
    return next(line for line in page.splitlines() if line.startswith(f"| {start}"))


@pytest.mark.parametrize(("value", "said"), [(0.985, "| reached |"), (0.9849, "| **not reached** |")])
def test_floor_is_judged(value: float, said: str) -> None:
    page = render([ROW], {ROW.name: record(ROW, trained(value))})
    assert said in line_of(page, "classify-0 | accuracy")


@pytest.mark.parametrize(("gain", "said"), [(0.06, "| reached |"), (0.04, "| **not reached** |")])
def test_below_the_trigram_means_a_clear_interval(gain: float, said: str) -> None:
    row = Row(name="generate-0", section="tenant", command=("x",), floor="below the trigram, clear")
    page = render([row], {row.name: record(row, trained(2.0, gain=gain))})
    assert said in line_of(page, "generate-0 | accuracy")


def test_a_score_stands_with_interval_cost_and_seconds() -> None:
    line = line_of(render([ROW], {ROW.name: record(ROW, trained(0.99))}), "classify-0 | accuracy")
    assert "0.990 [0.980, 1.000], n = 1,000" in line
    assert "| 65,000 | 1,234,567 | 9.8 | 12.3 |" in line


def test_what_was_not_measured_is_named_and_given_no_figure() -> None:
    page = render(ROWS, {})
    assert "reached" not in page
    for row in ROWS:
        assert f"- {row.name}" in page.partition("## Not measured")[2]


def test_busy_machine_is_said() -> None:
    assert "busy" in render([ROW], {ROW.name: record(ROW, trained(0.99), cores_taken=1.0)})
    assert "busy" not in render([ROW], {ROW.name: record(ROW, trained(0.99))})


def test_door_gives_the_median_of_starts() -> None:
    row = Row(name="help", section="door", command=("-m", "penjing", "--help"), floor="0.3 s", times=3)
    page = render([row], {row.name: record(row, None, seconds=(9.0, 0.1, 0.2))})
    assert "| `penjing --help` | 0.200 s, median of 3 | at most 0.3 s | reached |" in page


def test_names_of_rows_are_unique() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
