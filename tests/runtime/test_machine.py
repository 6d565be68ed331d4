"""The machine: cores that we may use, and what others take of them."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from penjing.runtime import machine


@pytest.mark.parametrize(
    ("quota", "expected"), [("max 100000", 8), ("150000 100000", 2), ("50000 100000", 1), ("6400000 100000", 8)]
)
def test_a_container_quota_counts_as_the_cores_it_pays_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: str, expected: int
) -> None:
    (tmp_path / "cpu.max").write_text(quota + "\n")
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    assert machine.cores() == expected


def test_a_container_limit_counts_as_the_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    whole = machine.memory_bytes()
    (tmp_path / "memory.max").write_text("1048576\n")
    assert machine.memory_bytes() == 1 << 20
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.memory_bytes() == whole


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity masks")
def test_the_affinity_mask_is_obeyed() -> None:
    words = (
        "import os; os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1]); "
        "from penjing.runtime import machine; print(machine.cores())"
    )
    assert subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout == "1\n"


def test_a_process_that_keeps_every_core_busy_is_measured() -> None:
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(machine.cores())]
    try:
        time.sleep(0.3)  # until they spin
        load = machine.load()
    finally:
        for process in spinning:
            process.kill()
            process.wait()
    assert machine.busy(load)[0].rule == "machine-busy"


def test_a_thread_of_our_own_that_keeps_a_core_busy_is_no_other_process() -> None:
    """The oracle is the same measurement without it: what others take meanwhile is in both, give or take."""
    done, content = threading.Event(), bytes(1 << 18)

    def hash_until_done() -> None:
        while not done.is_set():
            hashlib.sha256(content)

    alone = min(machine.load().taken for _ in range(4))
    ours = threading.Thread(target=hash_until_done)
    ours.start()
    try:
        beside = min(machine.load().taken for _ in range(4))
    finally:
        done.set()
        ours.join()
    assert beside <= alone + 0.3  # what others take moves meanwhile; the thread would be half a core or more


@pytest.mark.parametrize(
    ("taken", "threads", "is_busy"),
    [(0.1, None, False), (1.0, None, True), (1.0, 2, True), (1.0, 1, False), (1.8, 1, True), (1.0, 8, True)],
)
def test_a_machine_is_busy_where_fewer_cores_are_free_than_threads_want_one(
    taken: float, threads: int | None, is_busy: bool
) -> None:
    assert bool(machine.busy(machine.Load(cores=2, taken=taken), threads)) == is_busy


def test_one_thread_is_not_told_to_be_one() -> None:
    [one], [two] = (machine.busy(machine.Load(cores=2, taken=1.8), threads) for threads in (1, 2))
    assert ("threads=1" in one.try_, "threads=1" in two.try_) == (False, True)
