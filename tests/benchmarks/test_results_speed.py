"""The sections of RESULTS.md on speed and on transfer, from records of the form that the benchmarks print."""

from typing import Any

import msgspec
import pytest

from benchmarks import augment, execution_effect, first_answer, light, store, throughput, transfer
from benchmarks.loop import Estimate
from benchmarks.records import Record
from benchmarks.results_page import render
from benchmarks.rows import Row, Section
from benchmarks.training_cases import CASES
from penjing.evaluation.scores import Scores, difference, share
from penjing.evaluation.seeds import over_seeds

MACHINE: dict[str, Any] = {
    "processor": "Abacus",
    "cores": 2,
    "cores_taken": 0.0,
    "code": "commit abc",
    "system": "Linux x86_64",
    "threads": "1",
    "versions": {"Python": "3.11"},
}
CASE = CASES[0]


def page_of(section: Section, output: Any) -> list[str]:
    row = Row(name="one", section=section, command=("x",))
    printed = msgspec.json.decode(msgspec.json.encode(output))
    made = Record(name="one", command=("x",), seconds=(1.0,), output=printed, machine=MACHINE)
    return render([row], {"one": made}).splitlines()


def line_with(lines: list[str], *words: str) -> str:
    return next(line for line in lines if all(word in line for word in words))


def throughput_page(ours: float) -> list[str]:
    rates = {"penjing": [ours] * 5, "plain-0": [80.0] * 5, "plain-2": [100.0] * 5}
    result = throughput.result_of(CASE, rates, settings="bf16", store_seconds=60)
    return page_of("throughput", {"threads": 2, "rounds": 5, "results": [result]})


@pytest.mark.parametrize(("ours", "floor", "aim"), [(210.0, "reached", "reached"), (140.0, *["**not reached**"] * 2)])
def test_throughput_is_claimed_over_the_best_of_the_plain_loops(ours: float, floor: str, aim: str) -> None:
    lines = throughput_page(ours)
    assert f"| 1.5 x | {floor} | 2 x | {aim} |" in line_with(lines, "plain eager loop, 2 workers")
    assert "reached" not in line_with(lines, "plain eager loop, 0 workers")


def test_a_store_that_is_built_within_the_budget_counts() -> None:
    line = line_with(throughput_page(210.0), "built once, in 60 s")
    assert "budget of 10 minutes, ours is 1.89 x" in line


def test_a_loop_that_is_not_installed_is_said() -> None:
    rates = {"penjing": [2.0] * 5}
    result = throughput.result_of(CASE, rates, settings="", store_seconds=0)
    others = [msgspec.structs.replace(other, why="lightning not installed") for other in result.others]
    result = msgspec.structs.replace(result, others=tuple(others))
    lines = page_of("throughput", {"threads": 2, "rounds": 5, "results": [result]})
    assert "lightning not installed" in line_with(lines, "Lightning's Trainer, 0 workers")
    assert not any("reached" in line for line in lines)


def trained(right: int, seconds: float) -> execution_effect.Trained:
    accuracy, draws = share([i < right for i in range(100)])
    return execution_effect.Trained(Scores(primary=accuracy, draws=tuple(draws.tolist())), seconds)


def execution_row(*right: int) -> str:
    first = {seed: trained(80 + seed, 0.2) for seed in range(3)}
    ours = {seed: trained(of, 0.1 + seed / 1000) for seed, of in enumerate(right)}
    results = [execution_effect.result_of("plain", first, None), execution_effect.result_of("quick", ours, first)]
    return line_with(page_of("execution", {"steps": 200, "results": results}), "| quick |")


def test_a_difference_no_larger_than_between_seeds_is_noise() -> None:
    line = execution_row(81, 80, 82)
    assert "| within noise |" in line
    assert "1.98 x [1.93, 2.03]" in line


def test_a_score_that_is_lost_with_every_seed_is_worse() -> None:
    assert "| **worse** |" in execution_row(60, 63, 61)


@pytest.mark.parametrize(("seconds", "said"), [(59.0, "reached"), (61.0, "**not reached**")])
def test_the_first_answer_has_a_minute(seconds: float, said: str) -> None:
    ends = {"name": "accuracy", "score": 0.4, "low": 0.3, "high": 0.5}
    result = first_answer.Result(
        pictures=3000, side=1600, bytes=500_000, first_seconds=seconds, most_seconds=60.0, **ends
    )
    assert line_with(page_of("first", result), "3,000 photographs").endswith(f"| 60 s | {said} |")


@pytest.mark.parametrize(("reached", "said"), [(True, "600 MB of memory: reached."), (False, "**not reached**.")])
def test_the_store_stands_beside_a_bare_loop(reached: bool, said: str) -> None:
    whole = store.Measured(seconds=90.0, memory_bytes=410_000_000, disk_bytes=147_000_000)._asdict()
    figures = {"memory_bytes": 60_000_000}
    results = [
        store.Result(way="store", pictures_per_second=33.3, times_faster=8.9, **figures),
        store.Result(way="bare loop", pictures_per_second=3.7, times_faster=1.0, **figures),
    ]
    facts = {"pictures": 3000, "side": 4000, "whole": whole, "blocks": 5, "of": 40, "reached": reached}
    page = page_of("store", facts | {"results": results})
    told = line_with(page, "3,000 photographs of 4000 x 3000 pixels")
    assert said in told
    assert "90 s, 410 MB of memory, 147 MB of disk" in told
    assert line_with(page, "| store ") == "| store | 33 | 8.9 x | 60 |"
    assert line_with(page, "| bare loop ") == "| bare loop | 4 | 1.0 x | 60 |"


def test_a_chain_of_augmentation_is_held_to_its_microseconds() -> None:
    results = [
        augment.Result(case="slow", ours=12.4, torchvision=None, most=12.0, reached=False),
        augment.Result(case="fast", ours=9.0, torchvision=200.0, most=12.0, reached=True),
        augment.Result(case="free", ours=9.0, torchvision=200.0, most=None, reached=None),
    ]
    page = page_of("augment", {"side": 32, "batch": 128, "results": results})
    assert line_with(page, "| slow ") == "| slow | 12.4 | not installed | at most 12 | **not reached** |"
    assert line_with(page, "| fast ").endswith("| 200 | at most 12 | reached |")
    assert line_with(page, "| free ").endswith("| 200 |  |  |")


@pytest.mark.parametrize(
    ("differences", "said"), [([], "reached: all"), (["training 2: weights/last.safetensors"], "**not reached**: tr")]
)
def test_resuming_is_held_to_every_bit(differences: list[str], said: str) -> None:
    told = {"kills": 50, "trainings": 9, "seed": 1, "differences": differences, "settings": ("a", "b=1")}
    assert said in line_with(page_of("resume", told), "| 50 | 9 | `a b=1` |")


def test_transfer_stands_with_its_gain_over_scratch() -> None:
    scores = [trained(right, 1.0).scores for right in (60, 80)]
    gains = (difference(scores[1], scores[0]),) * 3
    rows = [
        transfer.Result(
            arm=arm,
            seeds=(0, 1, 2),
            accuracies=values,
            mean=over_seeds(values),
            gain=None if arm == "scratch" else over_seeds([0.2, 0.19, 0.21]),
            gain_a_seed=() if arm == "scratch" else gains,
        )
        for arm, values in (("scratch", (0.6, 0.61, 0.59)), ("transfer", (0.8, 0.8, 0.8)))
    ]
    lines = page_of("transfer", rows)
    assert "+0.200 [+0.175, +0.225]" in line_with(lines, "| transfer |")
    assert line_with(lines, "| transfer |").endswith("| clear |")
    assert "clear" not in line_with(lines, "| scratch |")


def test_the_light_network_stands_first_and_beside_each_other() -> None:
    results = [
        light.Result(
            network=name,
            parameters=1000,
            macs=2000,
            pictures_per_second=rate,
            trains_faster=faster,
            call_seconds=0.004,
            answers_faster=faster,
        )
        for name, rate, faster in (("light", 600.0, None), ("ResNet-18", 100.0, Estimate(6.0, 5.5, 6.5)))
    ]
    output = {"side": 128, "batch": 64, "trained": light.way(is_quick=True), "threads": 2, "rounds": 15}
    lines = page_of("light", output | {"results": results})
    assert "| 1,000 | 2,000 | 600 |  | 4.0 |  |" in line_with(lines, "| light |")
    assert line_with(lines, "| ResNet-18 |").count("6.00 x [5.50, 6.50]") == 2
