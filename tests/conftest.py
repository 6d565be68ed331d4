"""What tests share: a short training of the plain path, made once, and the command line in a process."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: two threads crawl where another process holds a core

import click
import numpy as np
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


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Pictures decoded by tests go with pytest's own temporary folders."""
    os.environ["PENJING_CACHE"] = str(tmp_path_factory.mktemp("cache"))


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
            env=os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "120", "PYTHONPATH": str(REPOSITORY)} | environment,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """`cli("train", "nowhere")` in this process: quicker, where what is imported does not matter."""

    def run(*words: object) -> Said:
        from penjing.cli import main

        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        out, err = capfd.readouterr()
        return Said(int(left.value.code or 0), out, err)

    return run


@pytest.fixture(scope="session")
def spawn() -> Callable[..., "subprocess.Popen[bytes]"]:
    """`spawn("train", ...)` begins a command in the background, to be killed or waited for; its words go to a file."""

    def begin(*words: object, cwd: Path | None = None, err: Path | None = None) -> "subprocess.Popen[bytes]":
        with (err or Path(os.devnull)).open("wb") as file:
            return subprocess.Popen(
                [sys.executable, "-m", "penjing", *map(str, words)],
                cwd=cwd,
                stdout=subprocess.DEVNULL,
                stderr=file,
                env=os.environ | {"OMP_NUM_THREADS": "1"},
            )

    return begin


@pytest.fixture
def killed_and_whole(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """`killed_and_whole("sklearn:digits", "budget=8epochs")`: a training killed with -9 at random moments and resumed
    to its end, and the same one undisturbed. The budget should last half a second for each kill.
    """
    from benchmarks.resume import EXACT, begin, disturbed, finish

    def train(*words: object, kills: int = 2) -> tuple[Path, Path]:
        settings = (*words, *EXACT)
        killed, whole = tmp_path / "killed", tmp_path / "whole"
        undisturbed = begin(*settings, "--out", whole)
        seed = int(np.random.default_rng().integers(2**32))
        click.echo(f"killed at the moments of seed {seed}")  # pytest shows it where a test fails
        assert disturbed(killed, settings, kills, np.random.default_rng(seed), within=0.1) == kills
        finish(undisturbed)
        return killed, whole

    return train


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


@pytest.fixture(scope="session")
def torchvision() -> Iterator[ModuleType]:
    """The package, also where its compiled half does not load: networks and functions on tensors need none of it."""
    import torch

    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision, the oracle, is not installed: pip install --no-deps torchvision==0.28.0")
    operators = None
    try:
        package = importlib.import_module("torchvision")
    except RuntimeError:  # built for CUDA beside a torch for CPUs: "operator torchvision::nms does not exist"
        operators = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        package = importlib.import_module("torchvision")
    yield package
    del operators  # they live as long as this


@pytest.fixture(scope="session")
def torchvision_models(torchvision: ModuleType) -> ModuleType:
    """Its networks."""
    return importlib.import_module("torchvision.models")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it would be published."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(REPOSITORY)]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("*.whl"))
