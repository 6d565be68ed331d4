"""Pipelines: data, not code; batched by shape; changed only by names that exist."""

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from penjing.findings import PenjingError
from penjing.runtime.artifact import decode_input, encode_input, first_difference
from penjing.runtime.pipeline import Pipeline, Predictor
from penjing.runtime.steps.keep_boxes import KeepBoxes
from penjing.runtime.steps.name_class import NameClass
from penjing.runtime.steps.open_picture import OpenPicture
from penjing.runtime.steps.open_prompt import OpenPrompt
from penjing.runtime.steps.run_graph import RunGraph
from penjing.runtime.steps.user_step import UserStep
from tests.runtime.writers import CHARACTERS, writer


class Mean:
    """An engine whose graph says whether a picture is bright."""

    name = "mean"

    def __init__(self) -> None:
        self.batches: list[tuple[int, ...]] = []

    def run(self, graph: str, inputs: Any) -> dict[str, np.ndarray]:
        x = inputs["picture"]
        self.batches.append(x.shape)
        bright = x.mean(axis=(1, 2, 3)) / 255
        return {"probabilities": np.stack([1 - bright, bright], axis=1)}


PIPELINE = Pipeline((OpenPicture("L"), RunGraph("mean", "picture", batch=2), NameClass(("dark", "bright"))))
DETECTS = Pipeline((OpenPicture("L"), RunGraph("mean", "picture"), KeepBoxes(("cat",), threshold=0.5)))
WRITES = Pipeline((OpenPrompt(CHARACTERS, lowercase=True), writer(), UserStep("my_steps:whole")))


def test_a_pipeline_survives_json_and_names_its_steps() -> None:
    words = msgspec.json.encode(PIPELINE)
    assert [step["type"] for step in json.loads(words)["steps"]] == ["open-picture", "run-graph", "name-class"]
    assert msgspec.json.decode(words, type=Pipeline) == PIPELINE


def test_answers_keep_the_order_of_inputs_whatever_their_sizes() -> None:
    levels = [0, 255, 0, 255, 255, 0]
    sizes = [4, 4, 4, 6, 6, 4]
    engine = Mean()
    answers = Predictor(PIPELINE, engine)(
        [np.full((size, size, 1), level, np.uint8) for size, level in zip(sizes, levels, strict=True)]
    )
    assert [answer.label for answer in answers] == ["bright" if level else "dark" for level in levels]
    assert engine.batches == [(2, 4, 4, 1), (1, 4, 4, 1), (2, 6, 6, 1), (1, 4, 4, 1)]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA", "CMYK", "I;16"])
def test_any_kind_of_picture_opens(tmp_path: Path, mode: str) -> None:
    picture = Image.new("L", (5, 3), 200).convert(mode) if mode != "I;16" else Image.new("I;16", (5, 3), 200)
    file = tmp_path / ("a.tif" if mode in ("CMYK", "I;16") else "a.png")
    picture.save(file)
    for wanted, channels in (("L", 1), ("RGB", 3)):
        opened = OpenPicture(wanted).open(str(file))  # type: ignore[arg-type]
        assert (opened.shape, opened.dtype) == ((3, 5, channels), np.uint8)


def test_pictures_stand_upright(tmp_path: Path) -> None:
    picture = Image.new("L", (4, 2))
    exif = picture.getexif()
    exif[274] = 6  # turned by a quarter
    picture.save(tmp_path / "a.jpg", exif=exif)
    assert OpenPicture("L").open(tmp_path / "a.jpg").shape == (4, 2, 1)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_picture_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(PenjingError) as caught:
        OpenPicture("L").open(tmp_path / "a.png")
    assert caught.value.finding.rule == "not-a-picture"


def test_settings_reach_the_step_that_has_them() -> None:
    changed = DETECTS.with_settings({"threshold": "0.7"})
    assert changed.steps == (*DETECTS.steps[:2], KeepBoxes(("cat",), threshold=0.7))
    with pytest.raises(PenjingError, match="`threshold`"):
        DETECTS.with_settings({"treshold": 0.7})
    with pytest.raises(PenjingError, match="cannot be 'many'"):
        DETECTS.with_settings({"threshold": "many"})


@pytest.mark.parametrize(
    ("pipeline", "key"),
    [
        *((DETECTS, key) for key in ("graph", "input", "batch", "mode", "classes", "adjustable")),
        *(
            (WRITES, key)
            for key in ("graph", "characters", "end", "layers", "width", "parameters", "path", "lowercase")
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_trained_is_no_setting(pipeline: Pipeline, key: str) -> None:
    with pytest.raises(PenjingError) as caught:
        pipeline.with_settings({key: "x"})
    assert caught.value.finding.rule == "unknown-setting"


@pytest.mark.parametrize(
    ("pipeline", "key", "value"),
    [
        (DETECTS, "threshold", "1.5"),
        (DETECTS, "threshold", "-0.1"),
        (DETECTS, "threshold", "nan"),
        (WRITES, "temperature", "-1"),
        (WRITES, "temperature", "nan"),
        (WRITES, "samples", "0"),
        (WRITES, "length", "0"),
        (WRITES, "seed", "-1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_setting_out_of_its_bounds_is_refused(pipeline: Pipeline, key: str, value: str) -> None:
    with pytest.raises(PenjingError) as caught:
        pipeline.with_settings({key: value})
    assert caught.value.finding.rule == "bad-setting"


def test_a_users_step_is_called_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_steps.py").write_text(
        "def double(values, engine, parameters):\n    return [2 * v for v in values]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert UserStep("my_steps:double")([1, 2], Mean()) == [2, 4]
    with pytest.raises(PenjingError, match="my_steps:triple"):
        UserStep("my_steps:triple")([1], Mean())


@pytest.mark.parametrize("value", ["An", [0.5, 1], np.arange(6, dtype=np.uint8).reshape(1, 2, 3), np.array(0.5)])
def test_inputs_survive_json(value: Any) -> None:
    again = decode_input(msgspec.json.decode(msgspec.json.encode(encode_input(value))))
    assert type(again) is type(value)
    assert np.array_equal(again, value)


@pytest.mark.parametrize(
    ("expected", "found", "where"),
    [
        ({"a": [1.0, "x"]}, {"a": [1.0000001, "x"]}, None),
        ({"a": [1.0, "x"]}, {"a": [1.1, "x"]}, "answer.a[0]"),
        ({"a": [1.0, "x"]}, {"a": [1.0, "y"]}, "answer.a[1]"),
        ({"a": [1.0]}, {"a": [1.0, 2.0]}, "answer.a"),
        ({"a": 1.0}, {"b": 1.0}, "answer"),
        (1.0, float("nan"), "answer"),
        (True, 1.0, None),
    ],
)
def test_differences_are_found_and_float_noise_is_not(expected: Any, found: Any, where: str | None) -> None:
    difference = first_difference(expected, found)
    assert (difference is None) == (where is None)
    assert where is None or (difference or "").startswith(where + " is")
