"""Reading for verbs that train nothing: pictures come at the size that was asked for, or that a training would take."""

from pathlib import Path

import pytest
from PIL import Image

from penjing.verbs.reading import read_decoded


@pytest.mark.parametrize(("asked", "size"), [({}, 128), ({"size": "auto"}, 128), ({"size": "8"}, 8)], ids=str)
def test_a_size_is_what_pictures_are_decoded_to(tmp_path: Path, asked: dict[str, str], size: int) -> None:
    for i in range(12):
        path = tmp_path / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("L", (200, 200), i).save(path)
    assert read_decoded(str(tmp_path), asked).splits["train"].inputs.shape[1:] == (size, size, 1)
