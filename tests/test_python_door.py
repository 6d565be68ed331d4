"""In Python, `penjing.train` and the others are the verbs' own functions, typed, and arrive whole in a wheel."""

import importlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import penjing
from penjing.cli import ALL
from tests.conftest import REPOSITORY

VERBS = [name for name in penjing.__all__ if name in ALL]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_the_function_behind_the_command(verb: str) -> None:
    assert getattr(penjing, verb) is getattr(importlib.import_module(f"penjing.verbs.{verb}"), verb)


def test_every_verb_that_gives_something_is_at_the_door() -> None:
    assert set(ALL) - set(VERBS) == {"list", "rule"}  # pages to read in a terminal


def test_dir_is_what_can_be_had() -> None:
    assert dir(penjing) == penjing.__all__
    assert all(getattr(penjing, name) is not None for name in penjing.__all__)


def test_what_is_not_there_is_answered_with_what_is() -> None:
    with pytest.raises(AttributeError, match=r"'trian'; it has .*train"):
        penjing.trian  # noqa: B018


def test_the_door_is_light() -> None:
    words = "import sys, penjing; print({'torch', 'numpy', 'rich', 'click', 'onnxruntime'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True).stdout == "set()\n"


def test_type_checkers_see_through_the_door(tmp_path: Path) -> None:
    """The oracle is mypy, on words that a user would write; the last two lines are mistakes."""
    lines = {
        'reveal_type(penjing.train("sklearn:digits"))': 'Revealed type is "penjing.verbs.handle.TrainedRun"',
        'reveal_type(penjing.train("sklearn:digits").export())': 'Revealed type is "pathlib.Path"',
        'reveal_type(penjing.evaluate("run").scores.primary.low)': 'Revealed type is "float"',
        'reveal_type(penjing.verify("a.onnx").findings[0].what)': 'Revealed type is "str"',
        'reveal_type(penjing.bench("a.onnx").rows[0].p95_ms)': 'Revealed type is "float"',
        'penjing.train("sklearn:digits", bugdet="1m")': 'Unexpected keyword argument "bugdet"',
        "penjing.trian()": 'Module has no attribute "trian"',
    }
    script = tmp_path / "script.py"
    script.write_text("\n".join(["import penjing", *lines]))
    check = [sys.executable, "-m", "mypy", "--no-error-summary", str(script)]
    said = subprocess.run(check, cwd=REPOSITORY, check=False, capture_output=True, text=True).stdout
    for number, wanted in enumerate(lines.values(), start=2):
        assert any(f"script.py:{number}:" in line and wanted in line for line in said.splitlines()), said


def test_a_wheel_holds_the_whole_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {
        str(path.relative_to(REPOSITORY))
        for path in (REPOSITORY / "penjing").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"penjing/py.typed", "penjing/verbs/schema.json"} < package
    assert {name for name in names if ".dist-info/" not in name} == package
    assert any(name.endswith("licenses/LICENSE") for name in names)
