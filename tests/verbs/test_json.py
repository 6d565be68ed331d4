"""--json: one object of the published schema on standard output, and the exit code that the design fixes."""

import json
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import jsonschema
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from penjing.cli import ALL
from tests.conftest import Said

SCHEMA = json.loads((resources.files("penjing.verbs") / "schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

DONE = {  # verb: words after which it must succeed; {run}, {file}, {picture} and {new} are made below
    "look": "sklearn:digits",
    "train": "sklearn:digits --budget 20steps threads=1 --out {new}/trained",
    "check": "sklearn:digits",
    "evaluate": "{file}",
    "explain": "{run} {picture}",
    "compare": "{run} {run}",
    "report": "{run}",
    "compress": "{run}",
    "export": "{run} {new}/again.onnx",
    "verify": "{file}",
    "predict": "{file} {picture}",
    "bench": "{file} --seconds 0.02",
    "list": "rules",
    "rule": "PJ301",
    "doctor": "",
}
NOT_DONE = {  # verb: words after which it cannot be done
    "look": "nowhere/",
    "train": "sklearn:digits bach_size=3",
    "check": "nowhere.py",
    "evaluate": "{run} --splt test",
    "explain": "nowhere/",
    "compare": "{run}",
    "report": "nowhere/",
    "compress": "nowhere/",
    "export": "nowhere/",
    "verify": "nowhere.onnx",
    "predict": "{file}",
    "bench": "{file} --seconds 0",
    "list": "rulse",
    "rule": "PJ999",
    "doctor": "--quick",
    "trian": "sklearn:digits",
    "": "",
}


class Here(NamedTuple):
    """Things to name behind a verb."""

    run: Path
    file: Path
    picture: Path
    new: Path


@pytest.fixture(scope="module")
def here(digits_run: Path, digits_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Here:
    folder = tmp_path_factory.mktemp("json")
    shutil.copytree(digits_run, folder / "run")
    Image.fromarray((load_digits().images[0] * 15.9).astype(np.uint8)).save(folder / "three.png")
    return Here(folder / "run", digits_file, folder / "three.png", folder)


@pytest.fixture
def said(cli: Callable[..., Said], here: Here) -> Callable[[str, str], Said]:
    def say(verb: str, words: str) -> Said:
        return cli(*verb.split(), *words.format(**here._asdict()).split(), "--json")

    return say


def test_the_schema_is_a_schema_and_every_verb_is_tried() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(DONE) == set(ALL)
    assert set(ALL) < set(NOT_DONE)


@pytest.mark.parametrize("verb", DONE)
def test_what_is_done_is_one_object_and_exit_code_0(said: Callable[[str, str], Said], verb: str) -> None:
    done = said(verb, DONE[verb])
    VALIDATOR.validate(done.json)
    assert (done.code, done.json["ok"], done.json["verb"]) == (0, True, verb)
    assert done.out.count("\n") == 1


@pytest.mark.parametrize("verb", NOT_DONE)
def test_what_cannot_be_done_is_one_finding_and_exit_code_2(said: Callable[[str, str], Said], verb: str) -> None:
    done = said(verb, NOT_DONE[verb])
    VALIDATOR.validate(done.json)
    assert (done.code, done.json["result"], done.json["verb"]) == (2, None, verb)
    assert done.out.count("\n") == 1
    assert "Traceback" not in done.err


def test_a_broken_seal_is_the_answer_no_and_exit_code_1(said: Callable[[str, str], Said], here: Here) -> None:
    content = bytearray(here.file.read_bytes())
    content[len(content) // 2] ^= 1
    (here.new / "broken.onnx").write_bytes(content)
    done = said("verify", "{new}/broken.onnx")
    VALIDATOR.validate(done.json)
    assert done.code == 1
    assert done.json["findings"][0]["rule"] == "PJ422"
    assert done.json["result"]["seal"] is None


@pytest.mark.parametrize(("threshold", "code"), [(0.0, 0), (1.01, 1)], ids=["reached", "out-of-reach"])
def test_a_score_below_the_one_asked_for_is_exit_code_1(
    said: Callable[[str, str], Said], threshold: float, code: int
) -> None:
    done = said("evaluate", f"{{file}} --at-least {threshold}")
    VALIDATOR.validate(done.json)
    assert (done.code, done.json["ok"]) == (code, code == 0)
    assert done.json["result"]["scores"]["primary"]["value"] > 0.5


@pytest.mark.parametrize(
    "broken",
    [{"extra": 1}, {"ok": "yes"}, {"result": None}, {"findings": [{"rule": "x"}]}],
    ids=["an-unknown-key", "a-word-for-a-truth", "ok-without-a-result", "half-a-finding"],
)
def test_the_schema_refuses(broken: dict[str, object]) -> None:
    sound = {"verb": "list", "ok": True, "findings": [], "result": {}, "penjing": "0.1.0"}
    VALIDATOR.validate(sound)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(sound | broken)
