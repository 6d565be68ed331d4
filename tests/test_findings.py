"""Findings: whole, JSON with the fixed keys, and helpful about misspelt words."""

import msgspec
import pytest

from penjing.findings import did_you_mean, nearest, stop


def test_json_has_the_fixed_keys() -> None:
    finding = stop("a-rule", "what", where="where", why="why", try_="try").finding
    keys = ["rule", "severity", "what", "where", "why", "try", "evidence"]
    assert list(msgspec.to_builtins(finding)) == keys


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("trian", "train"), ("EVALUATE", "evaluate"), ("bacth_size", "batch_size"), ("xyzzy", None), ("tranl", "train")],
)
def test_nearest_word(typed: str, meant: str | None) -> None:
    assert nearest(typed, ["train", "evaluate", "batch_size"]) == meant


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("cnm", "cnn", "cnn"),
        ("tyni", "tiny", "tiny"),
        ("nonexist", "one_picture", None),
        ("nope.png", "nets.py", None),
        ("nope.png", "note9.md", None),
    ],
)
def test_what_is_not_like_it_is_not_meant(typed: str, known: str, meant: str | None) -> None:
    assert nearest(typed, [known]) == meant


def test_advice_stands_where_no_word_is_near() -> None:
    assert did_you_mean("xyzzy", ["train"], otherwise="penjing --help") == "penjing --help"
