"""Findings: whole, JSON with the fixed keys, and helpful about misspelt words."""

import msgspec
import pytest

from penjing.findings import did_you_mean, nearest, no_room, stop


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


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (MemoryError(), "MemoryError was raised"),
        (MemoryError("Unable to allocate 7.45 GiB for an array with shape (1000000000,)"), "7.45 GiB more"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 36000 bytes."),
            "36,000 bytes",
        ),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8.10 GB)"), "RuntimeError was raised"),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA: tried to allocate 20.00 GiB."), "20.00 GiB more"),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), None),
        (ValueError("out of memory"), None),
    ],
    ids=str,
)
def test_what_has_no_room_is_told_apart(error: Exception, asked: str | None) -> None:
    found = no_room(error, "here")
    assert (found is None) == (asked is None)
    assert found is None or (found.rule == "no-room" and str(asked) in found.what)
