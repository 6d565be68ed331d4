"""The machine under a measurement: its cores, its memory, and how much of them other processes leave. No numpy."""

import hashlib
import math
import os
import threading
import time
from pathlib import Path

import msgspec

from penjing.findings import Finding

CGROUP = Path("/sys/fs/cgroup")  # Linux control groups, version 2: what a container is allowed
BUSY = 0.25  # cores; a process that keeps one busy takes n / (n + 1) of it from n equal threads, so at least 0.5


class Load(msgspec.Struct, frozen=True):
    """How many cores we may use, and how many of these we did not get when we wanted all."""

    cores: int
    taken: float  # cores


def cores() -> int:
    """Cores that this process may use: of the machine, of its affinity mask, of its container, whichever are fewest."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, period = [*_cgroup("cpu.max").split(), "max", "max"][:2]
    return affinity if "max" in (quota, period) else min(affinity, math.ceil(int(quota) / int(period)))


def memory_bytes() -> int | None:
    """Memory that this process may use, of the machine or its container; None where the system does not tell."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", ()):  # Windows
        return None
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = _cgroup("memory.max")
    return min(total, int(limit)) if limit.isdigit() else total


def load(seconds: float = 0.25) -> Load:
    """Measure how much of every core we get when we ask for all of them; the same way on every system.

    One thread a core hashes for a while. Hashing lets go of Python's lock, so that a thread which was never put aside
    has run for as long as the clock has; what is missing, others took, less what other threads of this process did.

    Args:
        seconds: of the measurement; longer than two of a container's accounting periods of 0.1 s.
    """
    n = cores()
    shares, ran = [0.0] * n, [0.0] * n  # of the time, seconds
    start = threading.Barrier(n)

    def hash_for_a_while(i: int) -> None:
        content = bytes(1 << 18)  # about 0.2 ms of hashing
        start.wait()
        began, had_run = time.perf_counter(), time.thread_time()
        while time.perf_counter() - began < seconds:
            hashlib.sha256(content)
        ran[i] = time.thread_time() - had_run
        shares[i] = ran[i] / (time.perf_counter() - began)

    threads = [threading.Thread(target=hash_for_a_while, args=(i,)) for i in range(n)]
    began, had_run = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    beside = (time.process_time() - had_run - sum(ran)) / (time.perf_counter() - began)
    return Load(n, round(max(n - sum(shares) - beside, 0.0), 2))


def busy(load: Load, threads: int | None = None) -> list[Finding]:
    """A warning where other processes were taking cores that we want, so that timings are worth less.

    Args:
        load: as it was measured.
        threads: that want a core each; None for one on every core.
    """
    wanted = load.cores if threads is None else min(threads, load.cores)
    if load.taken - (load.cores - wanted) <= BUSY:
        return []
    several = "several threads wait for the slowest of them: one busy core can make a training many times slower, and "
    return [
        Finding(
            rule="machine-busy",
            severity="warning",
            what=f"other processes take {load.taken:.1f} of {load.cores} cores",
            where="this machine, now",
            why=f"{several if wanted > 1 else ''}every time measured now is too long.",
            try_=f"wait until the other work is done{', or leave it a core: threads=1' if wanted > 1 else ''}",
            evidence={"cores": load.cores, "taken": load.taken},
        )
    ]


def _cgroup(name: str) -> str:
    path = CGROUP / name
    return path.read_text().strip() if path.is_file() else ""
