"""The machine: cores that we may use, and what others take of them."""

import os
import subprocess
import sys
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
    assert load.is_busy
    assert machine.busy(load)[0].rule == "machine-busy"


def test_a_free_machine_is_no_finding() -> None:
    assert machine.busy(machine.Load(cores=4, taken=0.1)) == []
