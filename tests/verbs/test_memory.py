"""What the system and PyTorch's allocators raise where there is no room, and what is something else."""

import pytest

from penjing.verbs.memory import no_room


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
