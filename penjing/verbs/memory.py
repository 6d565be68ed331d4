"""Memory that ran out, told apart from all else that a library may raise. No torch."""

import re

from penjing.findings import Finding, stop

# What PyTorch's allocators say where they raise no class of their own: of the CPU, here and on Windows, and of MPS
NO_ROOM = re.compile(r"can't allocate memory|not enough memory|out of memory|Storage size calculation overflowed")


def no_room(error: Exception, where: str) -> Finding | None:
    """The finding where the system, or PyTorch's allocator of a device, has no memory left; None for other errors."""
    text = str(error)
    if not (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"  # torch's of CUDA: torch is not imported here
        or (isinstance(error, RuntimeError) and NO_ROOM.search(text))
    ):
        return None
    size = re.search(r"allocate (\d+(?:\.\d+)?) (\w+)", text)
    amount = f"{int(size[1]):,}" if size and size[1].isdigit() else size and size[1]
    asked = f"{amount} {size[2]} more were asked for" if size else f"{type(error).__name__} was raised"
    return stop(
        "no-room",
        f"this does not fit into memory: {asked}",
        where=where,
        why="a network, its gradients, and a batch of pictures must lie in memory at once.",
        try_="a smaller width, size or batch_size (accumulate=2 makes one step of two batches)",
        evidence={"error": text},
    ).finding
