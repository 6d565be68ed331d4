"""Named arrays in one sealed file: safetensors, with a hash over names, shapes, bytes and facts in its header."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from penjing import files
from penjing.findings import PenjingError, stop

Arrays = Mapping[str, np.ndarray]
SEAL = 64  # characters: SHA-256 in hexadecimal
PICKLED = (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # how files of torch.save begin, now and formerly


def pack(arrays: Arrays, facts: Mapping[str, Any]) -> bytes:
    """Arrays and JSON facts as safetensors bytes, with a seal over both in the header."""
    import safetensors.numpy

    whole = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    words = json.dumps(facts)  # one key of metadata: safetensors writes several in no fixed order
    return safetensors.numpy.save(whole, metadata={"penjing": _seal(whole, words) + words})


def unpack(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what `pack` made, and check its seal.

    Raises:
        PenjingError: `not-safetensors` (a pickle among others: never opened), `weights-damaged`: its seal is broken.
    """
    import safetensors
    import safetensors.numpy

    content = files.read(path)
    try:
        arrays = safetensors.numpy.load(content)
        size = int.from_bytes(content[:8], "little")
        sealed = json.loads(content[8 : 8 + size])["__metadata__"]["penjing"]
        seal, words = sealed[:SEAL], sealed[SEAL:]
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise _not_safetensors(path, content, error) from error
    if _seal(arrays, words) != seal:
        raise stop(
            "weights-damaged",
            f"{path.name} is not what was written: its seal is broken",
            where=str(path),
            why="weights that were changed by hand or by a failing disk give answers that nobody scored.",
            try_="restore the file from a copy, or train again: penjing train --again RUN",
        )
    return arrays, json.loads(words)


def seal_in(path: Path) -> str:
    """The seal of a file of `pack`, as it stands in its header; "" where there is none to be read.

    It tells one file from another without reading it whole; whether a file is as it was sealed, `unpack` tells.
    """
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(size, path.stat().st_size)))  # of a file of others it may be any number
        return str(header["__metadata__"]["penjing"][:SEAL])
    except (OSError, KeyError, TypeError, ValueError):
        return ""


def _seal(arrays: Arrays, words: str) -> str:
    digest = hashlib.sha256(words.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _not_safetensors(path: Path, content: bytes, error: Exception) -> PenjingError:
    pickled = content[:2] in PICKLED
    return stop(
        "not-safetensors",
        f"{path.name} is {'a pickle' if pickled else 'cut short or damaged'}, not a safetensors file of ours ({error})",
        where=str(path),
        why="a pickle can run any code, so it is never opened." if pickled else "its weights cannot be read.",
        try_="restore the file from a copy, or train again: penjing train --again RUN",
    )
