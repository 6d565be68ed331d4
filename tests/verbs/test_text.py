"""Text: words are shown as they are, whatever signs they hold, and tables can be read at any width."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from penjing.findings import Finding
from penjing.verbs.outcome import Outcome
from penjing.verbs.text import error_console, show_facts, show_findings, show_line, show_outcome, show_places, table
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
    monkeypatch.setenv("COLUMNS", "120")
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


def test_a_name_of_two_words_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    """At the width where the gaps are narrow and the columns of words have given way."""
    headings = ["baseline", "mean absolute error", "95 % interval", "ours better by (paired)", ""]
    row = ("nearest neighbour", "0.040", "[0.034, 0.047]", "+0.00012 [-0.00027, +0.00057]", "better")
    Console(width=80).print(table(headings, [row]))
    assert capsys.readouterr().out.splitlines()[-1].startswith("nearest neighbour ")


LONG = "/a-folder-with-a-long-name/and-another-one-below-it/and-a-third/weights.pt"  # 74 columns


@pytest.mark.parametrize("width", [40, 80])
def test_a_path_is_never_broken(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    console = error_console()
    show_findings(console, [Finding(rule="a", severity="note", what=LONG, where=f"at {LONG}", why="b.", try_="c")])
    show_line(console, "weights   ", LONG)
    show_facts(console, f"{LONG}: ", ["seal whole", "3 sample answers agree"])
    show_places(console, {"next": f"penjing export {LONG}"})
    assert capsys.readouterr().err.count(LONG) == 5


def test_a_line_goes_on_below_its_beginning_and_a_fact_is_not_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    show_line(error_console(), "method  ", "integrated gradients of the logit")
    show_facts(error_console(), "cost  ", ["65,834 parameters", "264,904 bytes", "2.2 seconds"])
    show_facts(error_console(), "cost  ", ["1 parameter", "4 bytes"])
    assert capsys.readouterr().err.splitlines() == [
        "method  integrated gradients",
        "        of the logit",
        "cost",
        "  65,834 parameters,",
        "  264,904 bytes, 2.2 seconds",
        "cost  1 parameter, 4 bytes",
    ]


def test_no_line_ends_in_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    finding = Finding(rule="a", severity="note", what="b " * 90, where="c", why="d.", try_="e")
    shown = Outcome(
        result={}, findings=(finding,), show=lambda console: console.print(table(HEADINGS, ROWS), "f " * 90)
    )
    show_outcome(shown)
    out, err = capsys.readouterr()
    assert [line for line in (out + err).splitlines() if line.endswith(" ")] == []
    assert len(out.splitlines()) > len(ROWS)


def test_a_table_of_one_column_and_one_of_no_rows_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Console(width=5).print(table(["setting"], [("batch_size",)], title="of it"))
    Console(width=80).print(table(["setting", "value"], []))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()][-1] == "setting  value"
