"""A file of weights as named tensors: safetensors, or what torch.save wrote; code that it holds is never run."""

import io
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from penjing.arrays import PICKLED
from penjing.findings import PenjingError, stop

NESTED = ("state_dict", "model_state_dict", "model")  # where training scripts put a state dict beside other things


def tensors_in(content: bytes, path: Path) -> dict[str, Tensor]:
    """The tensors of a file by name, on the CPU.

    Args:
        content: of the file.
        path: of the file, for what is told.

    Raises:
        PenjingError: `needs-code` where it holds more than data; `not-weights` where it is damaged or something else.
    """
    if content[:2] in PICKLED:
        return _state_dict(_unpickled(content, path), path)
    try:
        return safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise _not_weights(path, f"neither safetensors nor of torch.save: {error}") from error


def _unpickled(content: bytes, path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, about the age of the file
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # which one depends on where the file is cut or strange
        if code := re.search(r"(?:GLOBAL|class) `?([\w.]+)`? was not an allowed", str(error)):
            raise stop(
                "needs-code",
                f"{path.name} holds more than data: reading it would run {code[1]}",
                where=str(path),
                why="code in a file of weights can do anything to this machine, so it is never run.",
                try_="where you trust it: torch.save(model.state_dict(), FILE), and give that file",
            ) from error
        if zipfile.is_zipfile(io.BytesIO(content)) and not _is_saved(content):
            raise _not_weights(path, "a zip archive that torch.save did not write") from error
        said = (str(error).splitlines() or [repr(error)])[0].partition("(Could this error")[0].strip()
        raise _not_weights(path, f"damaged, or no data alone: {said}") from error


def _is_saved(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(name.endswith("/data.pkl") for name in archive.namelist())


def _state_dict(held: Any, path: Path) -> dict[str, Tensor]:
    while isinstance(held, Mapping):
        inner = next((held[key] for key in NESTED if isinstance(held.get(key), Mapping)), None)
        if inner is None:
            break
        held = inner
    entries = held.items() if isinstance(held, Mapping) else ()
    tensors = {str(name): entry for name, entry in entries if isinstance(entry, Tensor)}
    if not tensors:
        raise _not_weights(path, "it holds no tensors by name")
    return tensors


def _not_weights(path: Path, what: str) -> PenjingError:
    return stop(
        "not-weights",
        f"{path.name} is no file of weights: {what}",
        where=str(path),
        why="there is nothing to begin from.",
        try_="a run's folder, a .safetensors file, or what torch.save(model.state_dict(), FILE) wrote",
    )
