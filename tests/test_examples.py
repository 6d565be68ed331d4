"""The single-file trainings do what `penjing train` does, to the last bit; a file of settings is a training's own."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from benchmarks.rows import DEPTH
from penjing.verbs.train import train
from tests.conftest import REPOSITORY, Said

EXAMPLES = REPOSITORY / "examples"


@pytest.fixture
def small_pictures(tmp_path: Path) -> Path:
    """Three folders of noise, each of its own hue, of two sizes."""
    rng = np.random.default_rng(0)
    for channel, name in enumerate(("red", "green", "blue")):
        (tmp_path / "hues" / name).mkdir(parents=True)
        for i in range(16):
            pixels = rng.integers(0, 130, (40, 36 + i % 2, 3), dtype=np.uint8)
            pixels[..., channel] += 120
            Image.fromarray(pixels).save(tmp_path / "hues" / name / f"{i}.png")
    return tmp_path / "hues"


def command_in(example: str) -> list[str]:
    """The words behind `penjing` of the command that the example's docstring names."""
    text = (EXAMPLES / example).read_text(encoding="utf-8").split('"""')[1]
    found = re.search(r"penjing (train (?:.*\\\n)*[^`\n]*)", text)
    assert found is not None
    return found[1].replace("\\\n", " ").split()


def written_by(example: str, *words: object, folder: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, str(EXAMPLES / example), *map(str, words)]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stdout


def expect_equal(one: Path, other: Path) -> None:
    mine, theirs = load_file(one), load_file(other)
    assert mine.keys() == theirs.keys()
    assert [name for name, array in mine.items() if array.tobytes() != theirs[name].tobytes()] == []


def test_the_convolutional_network_has_the_weights_of_the_command(penjing: Callable[..., Said], tmp_path: Path) -> None:
    written_by("train_cnn.py", "cnn.safetensors", folder=tmp_path)
    assert penjing(*command_in("train_cnn.py"), "--out", "run", cwd=tmp_path).code == 0
    expect_equal(tmp_path / "cnn.safetensors", tmp_path / "run" / "weights" / "last.safetensors")


def test_the_residual_network_has_the_weights_of_the_command(
    penjing: Callable[..., Said], tmp_path: Path, small_pictures: Path
) -> None:
    written_by("train_resnet.py", small_pictures, "resnet20.safetensors", 4, folder=tmp_path)
    words = [
        {"FOLDER": small_pictures, "budget=20epochs": "budget=4epochs"}.get(word, word)
        for word in command_in("train_resnet.py")
    ]
    assert penjing(*words, "--out", "run", cwd=tmp_path).code == 0
    expect_equal(tmp_path / "resnet20.safetensors", tmp_path / "run" / "weights" / "last.safetensors")


def test_a_network_of_ours_told_otherwise_trains(tmp_path: Path) -> None:
    run = train("sklearn:digits", model=f"{EXAMPLES / 'my_nets.py'}:strided", budget="3steps", out=tmp_path / "run")
    shapes = [array.shape for array in load_file(run.path / "weights" / "last.safetensors").values() if array.ndim == 4]
    assert shapes == [(16, 1, 5, 5), (16, 16, 5, 5), (32, 16, 5, 5), (32, 32, 5, 5)]
    assert run.scores["test"]["scores"]["primary"]["n"] == 359


@pytest.mark.parametrize("example", ["train_cnn.py", "train_resnet.py"])
def test_a_training_written_out_fits_on_a_screen_or_two(example: str) -> None:
    assert len((EXAMPLES / example).read_text(encoding="utf-8").splitlines()) <= 80


def test_the_settings_of_the_paper_train_as_they_stand(tmp_path: Path, small_pictures: Path) -> None:
    file = EXAMPLES / "resnet_depth.toml"
    small = {"size": 8}
    run = train(small_pictures, model="plain20", budget="3steps", settings=small, file=file, out=tmp_path / "run")
    origins = run.config.origins
    said = tomllib.loads(file.read_text(encoding="utf-8"))
    assert {name: origins[name].value for name in said} == said | {"budget": "3steps"}
    assert {origins[name].origin for name in said} == {"file", "typed"}
    assert [found for found in run.findings if found.rule == "unused-setting"] == []


def test_the_settings_of_the_paper_say_how_they_were_measured() -> None:
    text = (EXAMPLES / "resnet_depth.toml").read_text(encoding="utf-8")
    assert f"penjing train cifar10.zip {' '.join(DEPTH)}\n" in text
    assert all(" # " in line for line in text.splitlines() if line and not line.startswith("#"))
