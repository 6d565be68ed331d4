"""What tests share: a short training of the plain path, made once, and the command line in a process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

REPOSITORY = Path(__file__).parents[1]
REAL_DATA = REPOSITORY.parent / "shared" / "data"


class Said(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON object that --json promises."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def penjing() -> Callable[..., Said]:
    """`penjing("train", "sklearn:digits", cwd=folder)` in a process of its own, one thread."""

    def run(*words: object, cwd: Path | None = None, **environment: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "penjing", *map(str, words)],
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            env=os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "120"} | environment,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few epochs on digits; tests only read it, or copy it first."""
    import penjing

    folder = tmp_path_factory.mktemp("digits")
    return penjing.train("sklearn:digits", budget="6epochs", out=folder / "run", settings={"threads": 1}).path


@pytest.fixture(scope="session")
def digits_file(digits_run: Path) -> Path:
    """That run as an artifact."""
    import penjing

    return penjing.export(digits_run, digits_run.parent / "digits.onnx")
