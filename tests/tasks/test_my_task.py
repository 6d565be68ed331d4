"""A task and networks of the user's own, outside the package, through the verbs unchanged; and bad ones."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import penjing as package
from penjing.run import Run
from penjing.tasks import load
from tests.conftest import REPOSITORY

COUNT = f"{REPOSITORY / 'examples' / 'my_task.py'}:Count"
TINY = """
from torch import autograd, nn

def tiny(spec):
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, stride=4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 1)
    )

def wide(spec):
    return nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 3))

def no_network(spec):
    return "a string"

def needs_two(spec, more):
    return nn.Identity()

def breaks(spec):
    return {}["layers"]

class Unlearnable(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        raise LookupError("no way back")

class Forward(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return Unlearnable.apply(self.network(x))

def one_way(spec):
    return Forward(tiny(spec))
"""


@pytest.fixture(scope="module")
def count_run(penjing: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("count")
    words = ("budget=200steps", "evaluations=2", "threads=1", "--out", folder / "run", "--json")
    said = penjing("train", "sklearn:digits", "--task", COUNT, *words, cwd=folder)
    assert said.code == 0, said.err
    return folder / "run"


@pytest.fixture
def my_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of networks in the current folder."""
    folder = tmp_path / "my_pkg"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "nets.py").write_text(TINY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_example_keeps_the_contract() -> None:
    assert package.check_task(load(COUNT)) == []


def test_it_counts_clearly_better_than_the_usual_count(count_run: Path) -> None:
    test = Run(count_run).scores["test"]
    assert test["scores"]["primary"]["name"] == "absolute error"
    assert test["baselines"]["usual count"]["ours_less_this"]["low"] > 0.5


def test_its_file_is_proven_scores_the_same_and_predicts(count_run: Path, tmp_path: Path) -> None:
    file = package.export(count_run, tmp_path / "count.onnx")
    assert package.verify(file).findings == ()
    by_torch, by_onnx = package.evaluate(count_run), package.evaluate(file)
    assert by_onnx.scores.primary.value == pytest.approx(by_torch.scores.primary.value, abs=1e-4)
    Image.fromarray(np.zeros((30, 50), dtype=np.uint8)).save(tmp_path / "black.png")
    (answer,) = package.predict(file, tmp_path / "black.png")
    assert answer.name == "digits"
    assert answer.value < 2.5  # nothing is there; the usual count is 3


def test_killed_it_ends_in_the_same_bits(killed_and_whole: Callable[..., tuple[Path, Path]]) -> None:
    killed, whole = killed_and_whole("sklearn:digits", "--task", COUNT, "budget=120steps", "evaluations=1", kills=1)
    weights = [Run(path).weights("last") for path in (killed, whole)]
    assert all((weights[0][key] == weights[1][key]).all() for key in weights[1])


def test_a_network_of_the_users_own_is_found_from_the_current_folder(
    penjing: Callable[..., Any], my_package: Path
) -> None:
    words = ("--model", "my_pkg.nets:tiny", "budget=20steps", "evaluations=1", "threads=1", "--out", "run", "--json")
    said = penjing("train", "sklearn:digits", "--task", COUNT, *words, cwd=my_package)
    assert said.code == 0, said.err
    parameters = 8 * 25 + 8 + 8 + 1
    assert said.json["result"]["scores"]["test"]["cost"]["parameters"] == parameters
    assert penjing("export", "run", "tiny.onnx", cwd=my_package).code == 0
    assert penjing("verify", "tiny.onnx", cwd=my_package).code == 0


@pytest.mark.parametrize(
    ("words", "rule", "says"),
    [
        (("--task", "detcet"), "unknown-task", "did you mean `detect`?"),
        (("--task", f"{COUNT[:-5]}Cuont"), "no-such-name", "did you mean `Count`?"),
        (("--task", "nowhere.py:Count"), "no-such-path", "nowhere.py"),
        (("--task", "broken.py:Count"), "code-fails", "broken.py, line 2"),
        (("--task", "divides.py:Count"), "code-fails", "divides.py, line 1"),
        (("--task", "half.py:Half"), "not-a-task", "it has no function `loss`"),
        (("--task", "detect", "--model", "center_ne"), "unknown-model", "did you mean `center_net`?"),
        (("--task", COUNT, "--model", "my_pkg.nets:tinny"), "no-such-name", "did you mean `tiny`?"),
        (("--task", COUNT, "--model", "my_pkg.nets:wide"), "output-shape", "(32, 3), the task needs (32, 1)"),
        (("--task", "detect", "--model", "my_pkg.nets:wide"), "output-shape", "(32, 14, 12, 12)"),
        (("--task", COUNT, "--model", "my_pkg.nets:no_network"), "not-a-network", "it gives a str"),
        (("--task", COUNT, "--model", "my_pkg.nets:needs_two"), "not-a-network", "missing 1 required"),
        (("--task", COUNT, "--model", "my_pkg.nets:breaks"), "not-a-network", "KeyError: 'layers'"),
        (("--task", COUNT, "--model", "my_pkg.nets:one_way"), "model-fails", "no way back"),
    ],
)
def test_a_bad_task_or_network_is_one_finding(
    cli: Callable[..., Any], my_package: Path, words: tuple[str, ...], rule: str, says: str
) -> None:
    (my_package / "broken.py").write_text("class Count:\n    def loss(self:\n")
    (my_package / "divides.py").write_text("HALF = 1 / 0\n")
    (my_package / "half.py").write_text(
        textwrap.dedent("""
        class Half:
            form = "pictures"
            Options = Spec = None
        """)
    )
    said = cli("train", "sklearn:digits", *words, "budget=2steps", "threads=1", "--out", "run", "--json")
    assert said.code == 2
    assert "Traceback" not in said.err
    (finding,) = said.json["findings"]
    assert finding["rule"] == rule
    assert says in " ".join(str(finding[key]) for key in ("what", "where", "why", "try"))
