"""Freed memory: which switches of the C library are touched, and that `system` touches none."""

from typing import Any

import pytest

from penjing.findings import PenjingError
from penjing.settling import asked
from penjing.training import allocator
from penjing.training.allocator import HIGHEST, KEPT, freed_memory
from penjing.training.job import plan


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What is asked of mallopt; nothing is set."""
    seen = list[tuple[int, int]]()

    class Library:
        def __init__(self, name: None) -> None: ...

        def gnu_get_libc_version(self) -> bytes:
            return b"2.36"

        def mallopt(self, switch: int, value: int) -> int:
            seen.append((switch, value))
            return 1

    monkeypatch.setattr(allocator.ctypes, "CDLL", Library)
    monkeypatch.setattr(allocator.sys, "platform", "linux")
    return seen


def test_kept_within_and_then_where_the_rule_of_glibc_ends_up(calls: list[tuple[int, int]]) -> None:
    with freed_memory("keep"):
        assert calls == [(-4, 0), (-1, -1), (-2, 256 * 2**20)]
        calls.clear()
    assert calls == [(-4, 65536), (-3, 32 * 2**20), (-1, 64 * 2**20), (-2, 128 * 2**10)]


def test_every_switch_that_was_set_is_set_again_though_the_training_fails(calls: list[tuple[int, int]]) -> None:
    with pytest.raises(ZeroDivisionError), freed_memory("keep"):
        raise ZeroDivisionError
    assert calls[len(KEPT) :] == list(HIGHEST.items())
    assert HIGHEST.keys() >= KEPT.keys()


def test_system_touches_nothing(calls: list[tuple[int, int]]) -> None:
    with freed_memory("system"):
        pass
    assert calls == []


@pytest.mark.parametrize("value", ["keep", "system", "auto"])
def test_to_keep_it_is_refused_where_nothing_can(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator, "can_keep", lambda: False)
    typed: dict[str, Any] = {"allocator": value, "budget": "1steps"}
    if value != "keep":
        assert plan("sklearn:digits", asked(typed)).config.train.allocator == value
        return
    with pytest.raises(PenjingError, match="not glibc") as caught:
        plan("sklearn:digits", asked(typed))
    assert caught.value.finding.rule == "bad-setting"
