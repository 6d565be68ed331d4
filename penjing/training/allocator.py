"""What the C library does with freed memory: given back to the kernel at once, or kept for the next step.

By default glibc maps each large tensor anew and returns it when it is freed, so that every step pays for the same pages
again. Its switches can be set while a process runs, but not quite back: once one of them was set, glibc no longer moves
its thresholds by itself, so afterwards they stand for good where that rule mostly ends up, at their highest.
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterator

from penjing.findings import stop

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD, MMAP_MAX = -1, -2, -3, -4  # of mallopt, see malloc.h
KB, MB = 2**10, 2**20
HIGHEST = {MMAP_MAX: 65536, MMAP_THRESHOLD: 32 * MB, TRIM_THRESHOLD: 64 * MB, TOP_PAD: 128 * KB}  # by mallopt(3)
KEPT = {MMAP_MAX: 0, TRIM_THRESHOLD: -1, TOP_PAD: 256 * MB}


def can_keep() -> bool:
    """Whether this system's C library is glibc, which has the switches."""
    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "gnu_get_libc_version")


def refuse_absent(allocator: str) -> None:
    """Stop where freed memory is to be kept, and nothing here can.

    Raises:
        PenjingError: `bad-setting`.
    """
    if allocator == "keep" and not can_keep():
        raise stop(
            "bad-setting",
            "`allocator` cannot be keep: this system's C library is not glibc",
            where="allocator=keep",
            why="the training would run as without it, and would be believed to run otherwise.",
            try_="allocator=system, or leave `allocator` out",
        )


@contextlib.contextmanager
def freed_memory(allocator: str) -> Iterator[None]:
    """Keep freed memory within where `allocator` is `keep`; elsewhere, and without glibc, nothing is touched."""
    if allocator != "keep" or not can_keep():
        yield
        return
    _set(KEPT)
    try:
        yield
    finally:
        _set(HIGHEST)


def _set(switches: dict[int, int]) -> None:
    library = ctypes.CDLL(None)
    for switch, value in switches.items():
        library.mallopt(switch, value)
