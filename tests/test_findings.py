"""Findings: whole, JSON with the fixed keys, and helpful about misspelt words."""

import msgspec
import pytest

from penjing.findings import did_you_mean, nearest, stop


def test_json_has_the_fixed_keys() -> None:
    finding = stop("a-rule", "what", where="where", why="why", try_="try").finding
    keys = ["rule", "severity", "what", "where", "why", "try", "evidence"]
    assert list(msgspec.to_builtins(finding)) == keys


@pytest.mark.parametrize(
    ("typed", "meant"), [("trian", "train"), ("EVALUATE", "evaluate"), ("bacth_size", "batch_size"), ("xyzzy", None)]
)
def test_nearest_word(typed: str, meant: str | None) -> None:
    assert nearest(typed, ["train", "evaluate", "batch_size"]) == meant


def test_advice_stands_where_no_word_is_near() -> None:
    assert did_you_mean("xyzzy", ["train"], otherwise="penjing --help") == "penjing --help"
