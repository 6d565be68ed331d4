"""What is tried is what was left open and can matter here."""

import pytest
import torch

from penjing.config import Train
from penjing.training import ways
from penjing.training.ways import PLAIN, changes, left_open

QUICK = {"precision": "bf16", "memory_format": "channels_last"}


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """One with glibc and several cores."""
    monkeypatch.setattr(ways, "can_keep", lambda: True)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)


def test_all_is_tried_where_all_is_open() -> None:
    assert changes(Train(device="cpu")) == [QUICK, {"allocator": "keep"}, {"threads": 1}]
    assert left_open(Train()) == PLAIN


def test_what_was_asked_for_is_not_tried() -> None:
    said = Train(device="cpu", precision="fp32", allocator="keep", threads=2)
    assert changes(said) == [{"memory_format": "channels_last"}]
    assert left_open(said).keys() == {"memory_format"}
    assert changes(Train(device="cpu", precision="fp32", memory_format="contiguous", allocator="keep", threads=2)) == []


def test_what_cannot_matter_here_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "can_keep", lambda: False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    assert changes(Train(device="cpu")) == [QUICK]
