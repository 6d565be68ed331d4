"""One measurement: a row's command is run, or gone on with where it was stopped, and what it gave becomes a record."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.records import KEPT, REPOSITORY, Record, facts_at, printed, record_of
from benchmarks.rows import Row
from penjing import files
from penjing.runtime import machine
from penjing.verbs.grid import Grid


def measure(row: Row) -> Record:
    """Run a row's command.

    Raises:
        subprocess.CalledProcessError: where it fails; its words are on standard error by then.
    """
    command, facts, seconds = _begun(row), describe_machine(), []
    for _ in range(row.times):
        began = time.perf_counter()
        done = subprocess.run([sys.executable, *command], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
        seconds.append(time.perf_counter() - began)
    return Record(
        name=row.name,
        command=row.command,
        seconds=tuple(seconds),
        output=printed(done.stdout),
        machine=facts,
        runs=facts_at(REPOSITORY / row.folder) if row.folder else (),
    )


def _begun(row: Row) -> tuple[str, ...]:
    """The words to run: the row's own, or those that go on with the grid that they began."""
    if not row.folder:
        return row.command
    folder = REPOSITORY / row.folder
    began_by = folder.with_name(f"{folder.name}.command.json")
    is_begun = began_by.exists() and files.read_json(began_by, tuple[str, ...]) == row.command
    if is_begun and record_of(row) is None:
        if row.resumes:
            return row.command
        if Grid.is_at(folder):
            return ("-m", "penjing", "train", "--resume", row.folder, "--json")
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted measurement left behind
    files.write_json(began_by, row.command)
    return row.command


def describe_machine() -> dict[str, Any]:
    """What a figure depends on: processor and what torch uses of it, cores and how many others take, versions."""
    load = machine.load()
    libraries = ("penjing", "torch", "onnxruntime", "numpy", "scikit-learn")
    return {
        "processor": _processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "cores": load.cores,
        "cores_taken": load.taken,
        "code": _code(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": os.environ.get("OMP_NUM_THREADS", "PyTorch's own choice"),
        "versions": {"Python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in libraries},
    }


def _code() -> str:
    """The commit that was measured, `-dirty` where more than results was changed; the version without git."""
    if not (REPOSITORY / ".git").exists() or shutil.which("git") is None:
        return f"version {importlib.metadata.version('penjing')}"
    kept = KEPT.relative_to(REPOSITORY)
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!RESULTS.md", f":!{kept}")
    return f"commit {_git('rev-parse', '--short', 'HEAD')}" + ("-dirty" if changed else "")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.strip()


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
