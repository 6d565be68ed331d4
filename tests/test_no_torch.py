"""`pip install penjing` alone, without torch: files open, verify, answer as the run did, and are timed."""

import functools
import json
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from sklearn.datasets import load_digits

import penjing
from penjing.run import Run
from penjing.runtime.artifact import first_difference
from penjing.settling import asked
from penjing.training.job import plan
from penjing.training.session import fit_run, fresh_network
from tests.conftest import REPOSITORY, Said


class Tenant(NamedTuple):
    """A task's file, made in a moment, and an input for it as one types it; PICTURE is one that is written down."""

    source: str
    task: str
    input: str


PICTURE = "picture.png"
NAMES = "names.txt"
TENANTS = {
    "digits": Tenant("sklearn:digits", "classify", PICTURE),
    "detect": Tenant("sklearn:digits", "detect", PICTURE),
    "names": Tenant(NAMES, "generate", "an"),
    "cartpole": Tenant("cartpole", "act", "[0, 0.1, 0, -0.2]"),
}


class Bare(NamedTuple):
    """An environment into which the wheel was installed, and nothing that it does not ask for."""

    bin: Path

    def run(self, program: str, *words: object) -> subprocess.CompletedProcess[str]:
        """A program of that environment, far from this repository."""
        command = [str(self.bin / program), *map(str, words)]
        return subprocess.run(command, cwd=self.bin, capture_output=True, text=True, check=False)

    def result(self, *words: object) -> Any:
        """The result of a command that succeeds."""
        done = self.run("penjing", *words, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)["result"]


@pytest.fixture(scope="session")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Bare:
    folder = tmp_path_factory.mktemp("bare")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    pins = ["-c", str(REPOSITORY / "constraints.txt")]
    probe = subprocess.run([*pip, "download", "--no-deps", *pins, "-d", str(folder / "probe"), "msgspec"], check=False)
    if probe.returncode != 0:
        pytest.skip("pip reaches no package index here, so no environment without torch can be made")
    venv.create(folder / "venv")  # without pip: the one above installs into it
    python = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([*pip, "--python", str(python), "install", *pins, str(wheel)], check=True)
    return Bare(python.parent)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path, str]]:
    """`trained("digits")`: a run of a few steps, its file, and an input; they answer alike, however badly."""
    folder = tmp_path_factory.mktemp("tenants")
    Image.fromarray((load_digits().images[7] * 15.9).astype(np.uint8)).resize((48, 48)).save(folder / PICTURE)
    letters = np.random.default_rng(0).choice(list("abn"), size=(400, 5))
    (folder / NAMES).write_text("\n".join("".join(row) for row in letters))

    @functools.cache
    def train(name: str) -> tuple[Path, Path, str]:
        tenant = TENANTS[name]
        source, given = (
            str(folder / word) if word in (PICTURE, NAMES) else word for word in (tenant.source, tenant.input)
        )
        brief = {"budget": "4steps", "evaluations": 0, "keep": "last", "threads": 1}
        job = plan(source, asked(brief | {"task": tenant.task}))
        run = Run.create(folder / name, job.config, job.spec)
        # Without the scores and the report that `train` adds: they take longer than all the rest
        fit_run(job, fresh_network(job), run, Console(quiet=True))
        return run.path, penjing.export(run.path), given

    return train


def test_torch_is_not_there(bare: Bare) -> None:
    done = bare.run("python", "-c", "import torch")
    assert "No module named 'torch'" in done.stderr


@pytest.mark.parametrize("name", TENANTS)
def test_a_file_opens_verifies_answers_as_the_run_and_is_timed(
    bare: Bare, trained: Callable[[str], tuple[Path, Path, str]], name: str
) -> None:
    run, file, given = trained(name)
    verified = bare.result("verify", file)
    assert verified["seal"] is not None
    assert verified["samples"] > 0
    [pair] = bare.result("predict", file, given)
    [expected] = msgspec.to_builtins(penjing.predict(run, given))  # by PyTorch, here
    assert first_difference(expected, pair["answer"]) is None
    assert all(row["median_ms"] > 0 for row in bare.result("bench", file, "--seconds", "0.01")["rows"])


@pytest.mark.parametrize("name", TENANTS)
def test_each_tenants_run_is_checked_and_has_its_page(
    trained: Callable[[str], tuple[Path, Path, str]], cli: Callable[..., Said], name: str
) -> None:
    run, _, _ = trained(name)
    checked = cli("check", run, "--json")
    assert checked.json["result"]["seen"]["steps"] > 0
    assert not [found for found in checked.json["findings"] if found["severity"] == "error"]
    assert cli("report", run, "--json").code == 0
    assert "</html>" in (run / "report.html").read_text()


def test_in_python_a_file_opens_without_torch(bare: Bare, digits_file: Path) -> None:
    words = "import sys, penjing; print(penjing.open(sys.argv[1]).verify(), 'torch' in sys.modules)"
    assert bare.run("python", "-c", words, digits_file).stdout == "[] False\n"


@pytest.mark.parametrize("words", ["list rules", "list settings", "doctor"])
def test_what_needs_no_torch_works(bare: Bare, words: str) -> None:
    assert bare.result(*words.split())


@pytest.mark.parametrize("words", ["train sklearn:digits", "evaluate {file}", "list settings classify"])
def test_what_needs_torch_says_so(bare: Bare, digits_file: Path, words: str) -> None:
    done = bare.run("penjing", *words.format(file=digits_file).split(), "--json")
    [finding] = json.loads(done.stdout)["findings"]
    assert done.returncode == 2
    assert finding["rule"] == "not-installed"
    assert "penjing[train]" in finding["try"]
