"""Text files: lines or prose, divided so that nothing is on both sides."""

from pathlib import Path
from typing import Any

import pytest

from penjing.config import Data
from penjing.data.dataset import SPLITS, Dataset
from penjing.data.readers import reader_of, text
from penjing.findings import Finding, PenjingError
from tests.conftest import REAL_DATA

LINES = "\n".join(f"name{i % 80}" for i in range(100)) + "\n"  # 20 of them stand twice
PROSE = "\n\n".join(f"Chapter {i}. It was a long night, and nobody in the house had slept at all." for i in range(200))


def read(folder: Path, content: str | bytes, **settings: Any) -> Dataset:
    file = folder / "some.txt"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return text.read(Data(str(file), **settings))


def refused(folder: Path, content: str | bytes, **settings: Any) -> Finding:
    with pytest.raises(PenjingError) as caught:
        read(folder, content, **settings)
    return caught.value.finding


def test_a_txt_file_is_recognized_whatever_its_case() -> None:
    assert reader_of("a/names.TXT") is text
    assert not text.recognizes("names.csv")


def test_every_line_is_an_example_and_keeps_its_line_end(tmp_path: Path) -> None:
    data = read(tmp_path, LINES)
    everything = [example for name in SPLITS for example in data.splits[name].inputs]
    assert sorted(everything) == sorted(LINES.splitlines(keepends=True))
    assert "lines" in data.notes[0]


def test_equal_lines_are_never_on_both_sides(tmp_path: Path) -> None:
    splits = read(tmp_path, LINES).splits
    sides = [set(splits[name].inputs) for name in SPLITS]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])


def test_an_example_is_named_by_the_line_it_stands_in(tmp_path: Path) -> None:
    split = read(tmp_path, "\n".join(f"n{i}" for i in range(1, 101))).splits["test"]
    assert [split.name(i) for i in range(len(split))] == [f"some.txt, line {line[1:].strip()}" for line in split.inputs]


def test_prose_is_divided_in_its_order_and_nothing_is_lost(tmp_path: Path) -> None:
    data = read(tmp_path, PROSE)
    assert "prose" in data.notes[0]
    assert "".join("".join(data.splits[name].inputs) for name in SPLITS) == PROSE + "\n"
    test = data.splits["test"]
    assert test.name(0) == f"some.txt, line {PROSE[: PROSE.index(test.inputs[0])].count(chr(10)) + 1}"


def test_blocks_of_prose_end_at_line_ends(tmp_path: Path) -> None:
    blocks = read(tmp_path, PROSE).splits["train"].inputs
    assert all(block.endswith("\n") and text.BLOCK <= len(block) <= text.BLOCK + 80 for block in blocks)


def test_a_line_that_never_ends_is_cut(tmp_path: Path) -> None:
    data = read(tmp_path, "word " * 4000)
    assert max(len(block) for name in SPLITS for block in data.splits[name].inputs) == text.LONGEST


@pytest.mark.parametrize(
    ("content", "expected"),
    [(LINES, "lines"), (LINES * 4 + "\nend", "prose"), ((81 * "x" + "\n") * 40, "prose")],
    ids=["short-lines", "a-blank-line", "long-lines"],
)
def test_the_form_is_decided_by_blank_and_long_lines(tmp_path: Path, content: str, expected: str) -> None:
    assert f"read as {expected}" in read(tmp_path, content).notes[0]


def test_the_form_can_be_forced(tmp_path: Path) -> None:
    forced = read(tmp_path, LINES.replace("\n", "\n\n"), text="lines")
    assert "99 blank" in forced.notes[0]
    assert all(line.strip() for line in forced.splits["train"].inputs)
    assert "read as prose" in read(tmp_path, LINES * 10, text="prose").notes[0]


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + LINES.encode(), LINES.replace("\n", "\r\n").encode(), LINES.replace("\n", "\r").encode()],
    ids=["byte-order-mark", "windows", "old-mac"],
)
def test_marks_and_line_ends_of_other_systems_change_nothing(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content).fingerprint == read(tmp_path, LINES).fingerprint


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    finding = refused(tmp_path, b"anna\nzo\xeb\nbo\n")
    assert (finding.rule, finding.where.rpartition(", ")[2]) == ("not-utf8", "line 2")


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "  \n"])
def test_a_file_without_text_is_refused(tmp_path: Path, content: str) -> None:
    assert refused(tmp_path, content).rule == "empty-file"


@pytest.mark.parametrize("content", ["anna\n", "anna\nbo\n" * 50, "a long line of prose " * 20])
def test_a_text_too_short_to_divide_is_refused(tmp_path: Path, content: str) -> None:
    assert refused(tmp_path, content).rule == "too-short"


@pytest.mark.data
@pytest.mark.parametrize(("name", "form"), [("names", "lines"), ("tinyshakespeare", "prose")])
def test_real_files_are_told_apart(name: str, form: str) -> None:
    file = REAL_DATA / "text" / f"{name}.txt"
    if not file.exists():
        pytest.skip(f"there is no {file}")
    assert f"read as {form}" in text.read(Data(str(file))).notes[0]
