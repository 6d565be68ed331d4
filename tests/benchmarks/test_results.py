"""RESULTS.md is a function of the records, and says what was not reached, not settled or not measured."""

from typing import Any

import msgspec
import pytest

from benchmarks.records import REPOSITORY, Record, RunFacts, all_records
from benchmarks.results_page import render
from benchmarks.rows import BY_HAND, ROWS, Row

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
TRAINED = ("-m", "penjing", "train", "x")
TENANTS = "Classify, detect, generate, act"  # a heading


def record(row: Row, output: Any, seconds: tuple[float, ...] = (12.34,), **facts: Any) -> Record:
    return Record(name=row.name, command=row.command, seconds=seconds, output=output, machine=MACHINE | facts)


def score(value: float, half: float = 0.01) -> dict[str, Any]:
    ends = {"low": value - half, "high": value + half}
    return {"name": "accuracy", "value": value, **ends, "method": "Wilson", "n": 1000}


def trained(value: float, *, gain: float = 0.1, half: float = 0.01, r2: float = 0.5) -> dict[str, Any]:
    ours = {"value": gain, "low": gain - 0.05, "high": gain + 0.05}
    return {
        "result": {
            "scores": {
                "test": {
                    "scores": {"primary": score(value, half), "others": [score(r2) | {"name": "R2"}]},
                    "baselines": {"trigram": {"scores": {"primary": score(0.5)}, "ours_less_this": ours}},
                    "cost": {"parameters": 65000, "macs": 1234567, "train_seconds": 9.8},
                }
            }
        }
    }


def run(model: str, seed: int, loss: float, *, draws: tuple[float, ...] = (0.9, 0.9)) -> RunFacts:
    curve = ((0.1003, 0.4), (0.2001, 0.5), (0.5, 0.6), (1.0, 0.7))
    return RunFacts(model=model, seed=seed, curve=curve, loss=loss, steps=1000, seconds=600.4, draws=draws)


def line_of(page: str, start: str, heading: str = "# Results") -> str:
    return next(line for line in page.partition(heading)[2].splitlines() if line.startswith(f"| {start}"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.996, "| reached |"),
        (0.985, "| reached; the interval does not settle it |"),
        (0.984, "| **not reached**; the interval does not settle it |"),
        (0.97, "| **not reached** |"),
    ],
)
def test_floor_is_judged_by_value_and_interval(value: float, said: str) -> None:
    page = render([ROW], {ROW.name: record(ROW, trained(value))})
    assert said in line_of(page, "classify-0 | accuracy", TENANTS)


def test_what_is_measured_of_a_pair_is_shown_before_the_other_half_is() -> None:
    default, by_hand = next(iter(BY_HAND.items()))
    rows = [Row(name=name, section="chosen", command=TRAINED) for name in (default, by_hand)]
    line = line_of(render(rows, {default: record(rows[0], trained(0.9))}), default, "Nothing chosen")
    assert f"| {default} | accuracy 0.900 [0.890, 0.910], n = 1,000 | {by_hand} | not measured |" in line


@pytest.mark.parametrize(("gain", "said"), [(0.06, "| reached |"), (0.04, "| **not reached** |")])
def test_below_the_trigram_means_a_clear_interval(gain: float, said: str) -> None:
    row = Row(name="generate-0", section="tenant", command=("x",), floor="below the trigram, clear")
    page = render([row], {row.name: record(row, trained(2.0, gain=gain))})
    assert said in line_of(page, "generate-0 | accuracy", TENANTS)


def test_a_score_stands_with_interval_cost_and_seconds() -> None:
    line = line_of(
        render([ROW], {ROW.name: record(ROW, trained(0.99))}),
        "classify-0 | accuracy",
        TENANTS,
    )
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


def test_what_another_machine_measured_is_named_with_it() -> None:
    rows = [msgspec.structs.replace(ROW, name=f"classify-{seed}") for seed in range(3)]
    made = {row.name: record(row, trained(0.99)) for row in rows}
    assert "another machine" not in render(rows, made)
    made["classify-1"] = record(rows[1], trained(0.99), processor="Slide rule")
    lines = [line for line in render(rows, made).splitlines() if "Linux" in line]
    assert [line[:6] for line in lines] == ["Abacus", "On ano"]
    assert "were measured classify-1: Slide rule, 2 cores" in lines[1]
    made["classify-1"] = record(rows[1], trained(0.99), instructions="AVX512")
    assert "were measured classify-1: Abacus, AVX512, 2 cores" in render(rows, made)


def test_door_gives_the_median_of_starts() -> None:
    row = Row(name="help", section="door", command=("-m", "penjing", "--help"), floor="0.3 s", times=3)
    page = render([row], {row.name: record(row, None, seconds=(9.0, 0.1, 0.2))})
    assert "| `penjing --help` | 0.200 s, median of 3 | at most 0.3 s | reached |" in page


def test_names_of_rows_are_unique() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


# Learning from pictures


def pictures(seed: int, value: float) -> tuple[Row, Record]:
    goals = {"floor": "accuracy 0.87", "aim": "accuracy 0.90"}
    row = Row(name=f"cifar10-10m-{seed}", section="pictures", command=TRAINED, **goals)
    made = Record(
        name=row.name,
        command=row.command,
        seconds=(700.0,),
        output=trained(value, half=0.005),
        machine=MACHINE,
        runs=(run("fast", seed, 0.5),),
    )
    return row, made


def test_several_seeds_are_judged_one_by_one_and_by_their_mean() -> None:
    pairs = [pictures(0, 0.88), pictures(1, 0.89), pictures(2, 0.86)]
    page = render([row for row, _ in pairs], {row.name: made for row, made in pairs})
    first, mean = (line_of(page, start, "Learning from") for start in ("cifar10-10m-0", "cifar10-10m, mean"))
    assert "| accuracy 0.87 | reached | accuracy 0.90 | **not reached** |" in first
    assert "accuracy 0.877 [0.839, 0.915], 3 seeds" in mean  # Student's t of 0.88, 0.89 and 0.86
    assert "| accuracy 0.87 | reached; the interval does not settle it |" in mean


def test_score_against_budget_is_read_at_shares_and_left_empty_where_none_was_taken() -> None:
    row, made = pictures(0, 0.9)
    line = line_of(render([row], {row.name: made}), "cifar10-10m-0", "Score against budget")
    assert line == "| cifar10-10m-0 | 0.400 | 0.500 |  | 0.600 |  | 0.700 | 600 | 1,000 |"


def test_folds_stand_with_their_baselines() -> None:
    row = Row(name="digits-folds", section="folds", command=("x",), floor="accuracy 0.990", aim="accuracy 0.994")
    theirs = {"scores": {"primary": score(0.987)}, "ours_less_this": {"value": 0.006, "low": 0.001, "high": 0.01}}
    output = {"folds": 5, "scores": {"primary": score(0.993, 0.002)}, "baselines": {"nearest neighbour": theirs}}
    page = render([row], {row.name: record(row, output)})
    assert "| reached | accuracy 0.994 | **not reached**; the interval does not" in line_of(page, "digits-folds")
    assert "nearest neighbour" in line_of(page, "digits-folds", "## Baselines")


@pytest.mark.parametrize(
    ("low", "value", "said"),
    [
        (-0.015, -0.005, ("reached", "reached; the interval does not settle it")),
        (-0.025, -0.015, ("reached; the interval does not settle it", "**not reached**; the interval does not")),
        (-0.05, -0.04, ("**not reached**", "**not reached**")),
    ],
)
def test_nothing_chosen_is_held_against_the_best_by_hand(low: float, value: float, said: tuple[str, str]) -> None:
    rows, records = [], {}
    default, by_hand = next(iter(BY_HAND.items()))
    for name, words, accuracy, draws in (
        (default, (), 0.9 + value, (0.9 + low, 0.9 + 2 * value - low)),
        (by_hand, ("lr=0.5",), 0.9, ()),
    ):
        row = Row(name=name, section="chosen", command=("-m", "penjing", "train", "x", *words, "seed=0"))
        facts = run("fast", 0, 0.5, draws=draws or (0.9, 0.9))
        made = record(row, trained(accuracy))
        rows.append(row)
        records[row.name] = Record(
            name=row.name, command=row.command, seconds=(1.0,), output=made.output, machine=MACHINE, runs=(facts,)
        )
    line = line_of(render(rows, records), "`penjing train x`", "Nothing chosen")
    assert f"| at most 0.02 below | {said[0]} |" in line
    assert f"| at most 0.01 below | {said[1]}" in line
    assert "| `lr=0.5` |" in line


@pytest.mark.parametrize(("r2", "said"), [(0.02, "reached"), (0.005, "**not reached**")])
def test_a_number_is_better_than_the_mean_only_where_that_is_clear(r2: float, said: str) -> None:
    row = Row(name="steering-0", section="numbers", command=TRAINED, floor="R2 above 0, clear")
    made = trained(0.1, r2=r2, gain=0.02)
    baselines = made["result"]["scores"]["test"]["baselines"]
    baselines["mean"] = baselines.pop("trigram")
    line = line_of(render([row], {row.name: record(row, made)}), "steering-0", "A number a picture")
    assert "| +0.02 [-0.03, +0.07] | R2" in line  # what absolute error says stands beside it
    assert f"| R2 above 0, clear | {said} |" in line
    assert "R2 0.0" in line


def test_the_page_that_comes_with_the_repository_is_what_its_records_give() -> None:
    assert (REPOSITORY / "RESULTS.md").read_text(encoding="utf-8") == render(ROWS, all_records(ROWS))


# Depth


def depth(losses: dict[str, tuple[float, ...]]) -> str:
    row = Row(name="depth", section="depth", command=TRAINED)
    runs = tuple(run(model, seed, loss) for model, of in losses.items() for seed, loss in enumerate(of))
    mean = {"value": 0.7, "low": 0.6, "high": 0.8, "n": 3}
    output = {"result": {"rows": [{"model": model, "score": mean} for model in losses]}}
    made = Record(name=row.name, command=row.command, seconds=(1.0,), output=output, machine=MACHINE, runs=runs)
    return render([row], {row.name: made})


def test_depth_hurts_plain_networks_and_helps_residual_ones() -> None:
    page = depth(
        {
            "plain20": (1.00, 1.01, 1.02),
            "plain56": (1.30, 1.32, 1.31),
            "resnet20": (0.90, 0.91, 0.92),
            "resnet56": (0.80, 0.81, 0.82),
        }
    )
    assert line_of(page, "floor | plain20 below plain56").endswith("| reached |")
    assert line_of(page, "floor | resnet56 below plain56").endswith("| reached |")
    assert line_of(page, "aim | resnet56 below resnet20, intervals disjoint").endswith("| reached |")
    assert "1.300, 1.320, 1.310" in line_of(page, "plain56 |")


def test_depth_that_seeds_do_not_settle_is_said() -> None:
    page = depth(
        {
            "plain20": (1.00, 1.10, 1.20),
            "plain56": (1.30, 1.05, 1.25),
            "resnet20": (0.90, 0.91, 0.92),
            "resnet56": (0.89, 0.90, 0.91),
        }
    )
    assert "| reached; the interval does not settle it |" in line_of(page, "floor | plain20 below plain56")
    assert line_of(page, "aim | resnet56").endswith("| **not reached** |")  # below it, but the intervals meet


def test_depth_in_the_wrong_order_is_not_reached_and_a_missing_network_is_said() -> None:
    page = depth({"plain20": (1.3, 1.31, 1.32), "plain56": (1.0, 1.01, 1.02)})
    assert line_of(page, "floor | plain20 below plain56").endswith("| **not reached** |")
    assert "not measured" in line_of(page, "floor | resnet56 below plain56")
