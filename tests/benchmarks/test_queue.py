"""The queue of measurements: which rows, what a run's folder adds to a record, and what is gone on with."""

import io
import shutil
from pathlib import Path

import click
import pytest
from rich.console import Console

from benchmarks import measuring, records, results
from benchmarks.judging import goal_of
from benchmarks.records import facts_at, printed, record_of
from benchmarks.rows import BY_HAND, ROWS, Row
from penjing import files
from penjing.run import Run
from penjing.verbs.grid import Asked, Grid


def test_patterns_name_rows_and_one_that_names_none_is_refused() -> None:
    assert results.chosen(["classify-*", "reach"], ROWS) == {"classify-0", "classify-1", "classify-2", "reach"}
    with pytest.raises(click.UsageError, match="no row classfy"):
        results.chosen(["classfy-*"], ROWS)


def test_every_row_says_how_long_it_takes_and_those_with_goals_a_figure() -> None:
    assert all(row.minutes > 0 for row in ROWS)
    goals = [goal for row in ROWS for goal in (row.floor, row.aim) if goal and "clear" not in goal]
    assert all(goal_of(goal) > 0 for goal in goals)
    assert all(row.floor and row.aim for row in ROWS if row.section in ("folds", "pictures"))


@pytest.mark.parametrize(("default", "by_hand"), BY_HAND.items())
def test_what_is_held_against_the_default_is_more_than_its_budget(default: str, by_hand: str) -> None:
    words = {row.name: set(row.command) for row in ROWS}
    more = words[by_hand] - words[default]
    assert {word for word in more if "=" in word}, "nothing was chosen by hand"
    assert {word for word in words[default] - words[by_hand] if "=" in word} == set()  # the same seed


def test_data_that_is_absent_is_named(tmp_path: Path) -> None:
    row = Row(name="one", section="pictures", command=("x",), needs=(str(tmp_path), str(tmp_path / "absent.zip")))
    assert results.lacks(row) == [str(tmp_path / "absent.zip")]


def test_what_a_command_printed_is_read_where_it_is_json() -> None:
    assert printed('{"a": 1}') == {"a": 1}
    assert printed("[1]") == [1]
    result = '{"run": "/home/me/run", "scores": {"test": 1}, "config": {"source": "/home/me/data"}}'
    assert printed(f'{{"verb": "train", "result": {result}}}') == {"result": {"scores": {"test": 1}}}
    assert printed("Penjing: small neural networks") is None


def test_facts_of_a_run_are_those_of_its_folder(digits_run: Path) -> None:
    (facts,) = facts_at(digits_run)
    run = Run(digits_run)
    assert (facts.model, facts.seed) == (run.config.model.model, run.config.seed)
    assert facts.draws == pytest.approx(run.scores["test"]["scores"]["draws"], abs=1e-6)
    assert facts.curve[-1] == (1.0, [line for line in run.log if "validation" in line][-1]["validation"])
    assert facts_at(digits_run.parent) == ()


def test_facts_of_a_grid_are_those_of_its_finished_runs(digits_run: Path, tmp_path: Path) -> None:
    grid = Grid.create(
        tmp_path / "grid",
        Asked(source="sklearn:digits", task=None, models=("cnn",), seeds=(0, 1), settings={}, file=None),
    )
    shutil.copytree(digits_run, grid.cells[0].path)
    assert len(facts_at(grid.path)) == 1


@pytest.fixture
def row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Row:
    monkeypatch.setattr(measuring, "REPOSITORY", tmp_path)
    monkeypatch.setattr(records, "KEPT", tmp_path / "kept")
    command = ("-c", "import pathlib; pathlib.Path('made').mkdir(exist_ok=True); print('{}')")
    return Row(name="one", section="depth", command=command, folder="made")


def test_what_an_interrupted_measurement_left_is_made_anew(row: Row, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "old").touch()
    assert measuring.measure(row).output == {}
    assert not (tmp_path / "made" / "old").exists()


def test_a_grid_that_the_same_command_began_is_gone_on_with(row: Row, tmp_path: Path) -> None:
    asked = Asked(source="sklearn:digits", task=None, models=("cnn",), seeds=(0,), settings={}, file=None)
    Grid.create(tmp_path / "made", asked)
    files.write_json(tmp_path / "made.command.json", row.command)
    assert "--resume" in measuring._begun(row)
    files.write_json(tmp_path / "made.command.json", ("another",))
    assert measuring._begun(row) == row.command
    assert not (tmp_path / "made").exists()


def test_a_row_measured_by_another_command_counts_as_missing(row: Row) -> None:
    console = Console(file=io.StringIO())
    assert results.measure_all([row], set(), console) == []
    assert record_of(row) is not None
    changed = Row(name=row.name, section=row.section, command=("-c", "raise SystemExit(1)"), folder="made")
    assert record_of(changed) is None
    assert results.measure_all([changed], set(), console) == ["one"]
