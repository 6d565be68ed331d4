"""What the C library does with freed memory: given back to the kernel at once, or kept for the next step.

By default glibc maps each large tensor anew and returns it when it is freed, so that every step pays for the same pages
again. Its switches can be set while a process runs, and back.
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterator

TRIM_THRESHOLD, TOP_PAD, MMAP_MAX = -1, -2, -4  # of mallopt, see malloc.h
USUAL = {MMAP_MAX: 65536, TRIM_THRESHOLD: 128 * 1024, TOP_PAD: 128 * 1024}
KEPT = {MMAP_MAX: 0, TRIM_THRESHOLD: -1, TOP_PAD: 256 * 1024 * 1024}


def can_keep() -> bool:
    """Whether this system's C library is glibc, which has the switches."""
    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "gnu_get_libc_version")


@contextlib.contextmanager
def freed_memory(allocator: str) -> Iterator[None]:
    """Keep freed memory within where `allocator` is `keep`; a system without the switches does as it always does."""
    if allocator != "keep" or not can_keep():
        yield
        return
    _set(KEPT)
    try:
        yield
    finally:
        _set(USUAL)


def _set(switches: dict[int, int]) -> None:
    library = ctypes.CDLL(None)
    for switch, value in switches.items():
        library.mallopt(switch, value)
