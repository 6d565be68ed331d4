"""The first answer: photographs as large as asked, and an answer only where weights stand beside the score."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import first_answer
from penjing.run import Run


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    source = tmp_path / "flowers.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for i in range(6):
            content = io.BytesIO()
            Image.new("RGB", (40, 30), (40 * i, 90, 200)).save(content, "JPEG")
            archive.writestr(f"flowers/{'ab'[i // 3]}/{i}.jpg", content.getvalue())
    return source


def test_photographs_are_enlarged_and_noisy_and_keep_their_class(flowers: Path, tmp_path: Path) -> None:
    written = first_answer.write_photographs(flowers, tmp_path / "made", 4, 400)
    made = sorted((tmp_path / "made").rglob("*.jpg"))
    assert [path.parent.name for path in made] == ["a", "a", "b", "b"]
    assert sum(path.stat().st_size for path in made) == written
    with Image.open(made[0]) as picture:
        assert picture.size == (400, 300)
        assert np.asarray(picture)[..., 1].std() == pytest.approx(first_answer.NOISE, rel=0.3)


def test_an_answer_is_a_score_with_weights_beside_it(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    assert first_answer.first_answer(run) is None
    line = {"step": 1, "fraction": 0.1, "seconds": 1.0}
    run.write_log([line | {"loss": 2.0}, line | {"validation": 0.4, "low": 0.3, "high": 0.5, "name": "accuracy"}])
    assert first_answer.first_answer(run) is None
    run.write_checkpoint({"x": np.zeros(1)}, {})
    answer = first_answer.first_answer(run)
    assert answer is not None
    assert answer["validation"] == 0.4
