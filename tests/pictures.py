"""Small pictures in folders and archives, for tests of what is read before anything is decoded."""

import errno
import io
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def png(seed: int) -> bytes:
    """A picture of 8x8 colored noise, another for each seed."""
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def tree(root: Path, names: Iterable[str]) -> Path:
    """A folder with a picture under each name, all different."""
    for seed, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(seed))
    return root


def packed(root: Path) -> Path:
    """The .zip of a folder, beside it."""
    path = root.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(root.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(root))
    return path


def class_folders(n: int = 10, classes: str = "ab") -> list[str]:
    """Names of n pictures in each class folder."""
    return [f"{name}/{i}.png" for name in classes for i in range(n)]


def refuse_to_read(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Root may read everything, so the system's refusal is put in its place."""
    read_bytes = Path.read_bytes

    def read(path: Path) -> bytes:
        if path.name == name:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != name)
