"""doctor: what this machine has and lacks. Works without torch."""

import importlib.metadata
import platform
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from penjing import __version__
from penjing.findings import Finding
from penjing.runtime import machine
from penjing.verbs.outcome import Outcome

if TYPE_CHECKING:
    from rich.console import Console

LIBRARIES = {  # distribution: what it is for
    "click": "the command line",
    "msgspec": "settings and JSON",
    "numpy": "arrays",
    "onnxruntime": "answers of a file",
    "pillow": "opening pictures",
    "rich": "tables and progress",
    "torch": "training, judging, exporting",
    "captum": "explanations",
    "faster-coco-eval": "the score of boxes",
    "filelock": "one training a run",
    "jinja2": "the report",
    "onnx": "exporting",
    "onnxscript": "exporting",
    "platformdirs": "the place of the cache",
    "safetensors": "weights on disk",
    "scikit-learn": "baselines, digits",
    "scipy": "intervals over seeds",
}
LITTLE_DISK = 1e9  # bytes; a run of a small network takes a few MB, its checkpoints are written beside before a rename


class Library(msgspec.Struct, frozen=True):
    """A distribution that Penjing uses."""

    name: str
    version: str | None  # None where it is not installed
    use: str


class Torch(msgspec.Struct, frozen=True):
    """What PyTorch finds here."""

    threads: int
    cuda: tuple[str, ...]  # names of devices
    mps: bool
    can_keep: bool  # freed memory for the next step: the setting `allocator`


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What this machine has."""

    penjing: str
    python: str
    system: str
    cores: int
    cores_taken: float  # by other processes, just now
    memory_bytes: int | None
    disk_free_bytes: int  # where the current folder is
    torch: Torch | None
    libraries: tuple[Library, ...]
    findings: tuple[Finding, ...]


def doctor() -> Machine:
    """Look at this machine: versions, cores, memory, devices, disk, and what would make a training slow."""
    load = machine.load()
    libraries = tuple(Library(name, _version(name), use) for name, use in LIBRARIES.items())
    torch, broken = _torch() if _version("torch") else (None, [])
    free = shutil.disk_usage(Path.cwd()).free
    findings = [
        *machine.busy(load),
        *_missing([library for library in libraries if library.version is None]),
        *_little_disk(free),
        *broken,
        *(_too_many_threads(torch, load.cores) if torch else []),
    ]
    return Machine(
        penjing=__version__,
        python=f"{platform.python_version()} ({platform.python_implementation()})",
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        cores=load.cores,
        cores_taken=load.taken,
        memory_bytes=machine.memory_bytes(),
        disk_free_bytes=free,
        torch=torch,
        libraries=libraries,
        findings=tuple(findings),
    )


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _torch() -> tuple[Torch | None, list[Finding]]:
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a library of its own that does not fit this system
        return None, [_broken("torch", error)]
    from penjing.training.allocator import can_keep

    devices = tuple(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
    return Torch(torch.get_num_threads(), devices, torch.backends.mps.is_available(), can_keep()), []


def _broken(name: str, error: Exception) -> Finding:
    return Finding(
        rule="installed-but-broken",
        severity="error",
        what=f"{name} is installed and cannot be imported: {error}",
        where=f"import {name}",
        why="nothing that needs it will work.",
        try_=f"pip install --force-reinstall {name}",
    )


def _missing(libraries: list[Library]) -> list[Finding]:
    if not libraries:
        return []
    names = [library.name for library in libraries]
    return [
        Finding(
            rule="not-installed",
            severity="note",
            what=f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not installed",
            where="this Python environment",
            why=f"it is needed for: {'; '.join(dict.fromkeys(library.use for library in libraries))}.",
            try_="pip install 'penjing[train]'",
            evidence={"missing": names},
        )
    ]


def _little_disk(free_bytes: int) -> list[Finding]:
    if free_bytes >= LITTLE_DISK:
        return []
    return [
        Finding(
            rule="little-disk",
            severity="warning",
            what=f"{free_bytes / 1e6:,.0f} MB are free",
            where=str(Path.cwd()),
            why="a training that cannot save its state stops.",
            try_="free some space, or give another folder: --out DIR",
            evidence={"free_bytes": free_bytes},
        )
    ]


def _too_many_threads(torch: Torch, cores: int) -> list[Finding]:
    if torch.threads <= cores:
        return []
    return [
        Finding(
            rule="more-threads-than-cores",
            severity="warning",
            what=f"PyTorch would use {torch.threads} threads on {cores} cores",
            where="OMP_NUM_THREADS, or a container that hides its limit",
            why="threads that wait for a core make every step wait for them.",
            try_=f"threads={cores}, or OMP_NUM_THREADS={cores}",
            evidence={"threads": torch.threads, "cores": cores},
        )
    ]


def show(found: Machine, console: "Console") -> None:
    """The machine, then the libraries."""
    from penjing.verbs.text import table

    memory = f"{found.memory_bytes / 2**30:.1f} GiB" if found.memory_bytes else "not known"
    rows = [
        ("penjing", found.penjing),
        ("python", found.python),
        ("system", found.system),
        ("cores", f"{found.cores}, {found.cores_taken:.1f} taken by other processes now"),
        ("memory", memory),
        ("disk", f"{found.disk_free_bytes / 2**30:.1f} GiB free here"),
        *_torch_rows(found.torch),
    ]
    console.print(table(["machine", ""], rows))
    console.print()
    libraries = [(library.name, library.version or "not installed", library.use) for library in found.libraries]
    console.print(table(["library", "version", "for"], libraries))


def _torch_rows(torch: Torch | None) -> list[tuple[str, str]]:
    if torch is None:
        return []
    kept = "kept for the next step where a training on pictures measures that it pays: allocator=auto"
    untested = "; our tests have not been run there"
    return [
        ("torch threads", str(torch.threads)),
        ("freed memory", kept if torch.can_keep else "given back to the system: its C library is not glibc"),
        ("CUDA", ", ".join(torch.cuda) + untested if torch.cuda else "none"),
        ("MPS", f"yes{untested}" if torch.mps else "none"),
    ]


@click.command()
def command() -> Outcome:
    """What this machine has and lacks: versions, cores, memory, devices, and what would make a training slow."""
    found = doctor()
    return Outcome(result=found, findings=found.findings, show=lambda console: show(found, console))
