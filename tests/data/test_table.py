"""Tables: the same cells, whatever the delimiter, line ends, quotes, byte order mark and header."""

import codecs
import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penjing.data.locate import Locator
from penjing.data.picture_files import looks_like_picture
from penjing.data.table import Table, parse
from penjing.findings import PenjingError

PLAIN = b"path,label\na.png,cat\nb.png,dog\n"
EXPECTED = {"path": ["a.png", "b.png"], "label": ["cat", "dog"]}


def read(content: bytes, name: str = "t.csv") -> Table:
    return parse(content, name, looks_like_picture)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b",", b";"),
        PLAIN.replace(b",", b"\t"),
        PLAIN.replace(b"\n", b"\n\n"),
        b'"path","label"\n"a.png","cat"\n"b.png","dog"',
        b"path , label\na.png, cat\nb.png ,dog",
        codecs.BOM_UTF16_LE + PLAIN.decode().encode("utf-16-le"),
        codecs.BOM_UTF16_BE + PLAIN.decode().encode("utf-16-be"),
    ],
    ids=["plain", "mark", "crlf", "semicolons", "tabs", "blank-lines", "quoted", "spaces", "utf16-le", "utf16-be"],
)
def test_cells_are_the_same_however_they_are_written(content: bytes) -> None:
    assert read(content).columns == EXPECTED


def test_a_table_without_header_keeps_its_first_row_and_says_so() -> None:
    table = read(b"a.png,cat\nb.png,dog\n")
    assert table.columns == {"column 1": ["a.png", "b.png"], "column 2": ["cat", "dog"]}
    assert "no header" in table.notes[0]


@pytest.mark.parametrize(
    ("file", "cells"),
    [("label.jpg", "0,cat\n1,dog\n"), ("label.jpg", "0.png,cat\n1.png,dog\n"), ("image.jpg", "0.png,cat\n1.png,dog\n")],
    ids=["label-stems", "label-names", "image-names"],
)
def test_a_file_that_is_called_as_a_column_makes_no_row_of_the_header(file: str, cells: str) -> None:
    locator = Locator(["0.png", "1.png", file])
    table = parse(f"image,label\n{cells}".encode(), "t.csv", lambda cell: locator.find(cell) is not None)
    assert (list(table.columns), table.columns["label"]) == (["image", "label"], ["cat", "dog"])


def test_lines_are_counted_through_cells_of_several() -> None:
    table = read(b'path,label\na.png,"two\nlines"\nb.png,dog\n')
    assert (table.columns["label"], table.lines) == (["two\nlines", "dog"], [2, 4])


def test_objects_a_line() -> None:
    table = read(b'{"file_name": "a.png", "labels": ["x", "y"]}\n\n{"file_name": "b.png", "labels": []}\n', "m.jsonl")
    assert table.columns == {"file_name": ["a.png", "b.png"], "labels": [["x", "y"], []]}
    assert table.lines == [1, 3]


def test_null_is_an_empty_cell() -> None:
    table = read(b'{"file_name": "a.png", "label": null}\n{"file_name": "b.png"}\n', "m.jsonl")
    assert table.columns["label"] == ["", ""]


CELLS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=8).map(
    lambda text: text.strip() or "x"
)


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=10), st.sampled_from(",\t"))
def test_what_pythons_writer_wrote_is_read_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerows([("path", "label"), *rows])
    table = read(file.getvalue().encode(), "t.tsv" if delimiter == "\t" else "t.csv")
    assert list(zip(table.columns["path"], table.columns["label"], strict=True)) == rows


@pytest.mark.parametrize("end", ["\u2028", "\u0085", "\f"])
def test_what_ends_lines_elsewhere_ends_none_in_a_table(end: str) -> None:
    table = read(f"path;label\na.png;cat{end}small\nb.png;dog\n".encode(), "t.csv")
    assert table.columns == {"path": ["a.png", "b.png"], "label": [f"cat{end}small", "dog"]}


@pytest.mark.parametrize(
    ("content", "name", "rule"),
    [
        (b"", "t.csv", "empty-file"),
        (b" \n\n", "t.csv", "empty-file"),
        (b"path,label\n", "t.csv", "empty-file"),
        (b"path,label\na.png,caf\xe9\n", "t.csv", "not-utf8"),
        (codecs.BOM_UTF16_LE + b"p\0a", "t.csv", "not-utf16"),
        (b"path,label\na.png,cat\nb.png\nc.png,a,b\n", "t.csv", "bad-table"),
        (b'path,label\na.png,"cat\nb.png,dog\n', "t.csv", "bad-table"),
        (b"path,path\na.png,cat\n", "t.csv", "bad-table"),
        (b'{"path": "a.png"}\n{"path": \n', "t.jsonl", "bad-table"),
        (b"[1, 2]\n", "t.jsonl", "bad-table"),
        (b'{"path": "a.png", "label": NaN}\n', "t.jsonl", "bad-table"),
        (b'{"path": ' + b"[" * 100_000, "t.jsonl", "bad-table"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, name: str, rule: str) -> None:
    with pytest.raises(PenjingError) as caught:
        read(content, name)
    assert caught.value.finding.rule == rule


@pytest.mark.parametrize(
    ("cell", "base", "name"),
    [
        ("train/a/1.png", "", "train/a/1.png"),
        ("./train/a/1.png", "", "train/a/1.png"),
        ("a/1.png", "train", "train/a/1.png"),
        ("../b/1.png", "train/a", "train/b/1.png"),
        (r"C:\data\a\1.png", "", "train/a/1.png"),
        ("/home/me/b/1.png", "", "train/b/1.png"),
        ("2", "", "train/b/2.jpg"),
        ("1.png", "", None),
        ("1", "", None),
        ("3.png", "", None),
        ("", "", None),
    ],
)
def test_a_cell_finds_the_one_file_it_can_mean(cell: str, base: str, name: str | None) -> None:
    assert Locator(["train/a/1.png", "train/b/1.png", "train/b/2.jpg"]).find(cell, base) == name
