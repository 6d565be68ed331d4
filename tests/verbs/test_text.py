"""Text: words are shown as they are, whatever signs they hold, and tables can be read at any width."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from penjing.verbs.outcome import Outcome
from penjing.verbs.text import error_console, show_outcome, table
from tests.conftest import Said

STRANGE = "o[/b] [red]file[/red] :smile:"


def test_brackets_and_colons_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    error_console().print(STRANGE)
    show_outcome(Outcome(result={}, show=lambda console: console.print(STRANGE)))
    assert capsys.readouterr() == (STRANGE + "\n", STRANGE + "\n")


def test_a_path_with_brackets_is_shown_whole(
    cli: Callable[..., Said], digits_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("o[").mkdir()
    shutil.copy(digits_file, "o[/b]")
    said = cli("verify", "o[/b]")
    assert said.code == 0
    assert said.out.startswith("o[/b]: seal whole")


HEADINGS = ["run", "seed", "accuracy", "better by", "why"]
ROWS = [
    ("runs/grid/resnet20-seed0", 0, "0.9926", "", "the largest that is stable for this network with AdamW"),
    ("runs/grid/resnet20-seed1", 1, "0.955", "+0.2 [-3.2, +3.7]  unclear", "as above"),
]


def lines_at(width: int, capsys: pytest.CaptureFixture[str]) -> list[str]:
    Console(width=width, markup=False).print(table(HEADINGS, ROWS))
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert max(map(len, lines)) <= width
    return lines


def test_a_table_that_fits_has_a_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines_at(140, capsys) == [
        "run                       seed  accuracy                   better by  why",
        f"runs/grid/resnet20-seed0     0    0.9926  {'':26}  the largest that is stable for this network with AdamW",
        "runs/grid/resnet20-seed1     1     0.955  +0.2 [-3.2, +3.7]  unclear  as above",
    ]


def test_words_are_folded_first_and_not_below_a_least_width(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines_at(90, capsys) == [
        "run                       seed  accuracy                   better by  why",
        "runs/grid/resnet20-seed0     0    0.9926                              the largest that is",
        "                                                                      stable for this",
        "                                                                      network with AdamW",
        "runs/grid/resnet20-seed1     1     0.955  +0.2 [-3.2, +3.7]  unclear  as above",
    ]


def test_names_stand_above_their_rows_where_those_alone_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines_at(66, capsys) == [
        "run",
        "  seed  accuracy                   better by  why",
        "runs/grid/resnet20-seed0",
        "     0    0.9926                              the largest that is",
        "                                              stable for this",
        "                                              network with AdamW",
        "runs/grid/resnet20-seed1",
        "     1     0.955  +0.2 [-3.2, +3.7]  unclear  as above",
    ]


def test_the_narrowest_has_a_block_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines_at(44, capsys) == [
        "run: runs/grid/resnet20-seed0",
        "  seed: 0  accuracy: 0.9926",
        "  why: the largest that is stable for this",
        "  network with AdamW",
        "run: runs/grid/resnet20-seed1",
        "  seed: 1  accuracy: 0.955",
        "  better by: +0.2 [-3.2, +3.7]  unclear",
        "  why: as above",
    ]


@pytest.mark.parametrize(("width", "row"), [(8, "1  22  3"), (7, "1 22 3")])
def test_columns_move_together_before_the_table_is_broken(
    width: int, row: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Console(width=width).print(table(["a", "b", "c"], [(1, 22, 3)]))
    assert capsys.readouterr().out.splitlines()[1].rstrip() == row


def test_a_table_of_one_column_and_one_of_no_rows_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Console(width=5).print(table(["setting"], [("batch_size",)], title="of it"))
    Console(width=80).print(table(["setting", "value"], []))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()][-1] == "setting  value"
