"""export: what is not proven is not written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from penjing.verbs.export import beside
from tests.conftest import Said

RANDOM = """
import torch
from torch import nn

class Random(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.linear = nn.Linear(64, len(spec.classes))

    def forward(self, x):
        return self.linear(x.flatten(1)) + 5 * torch.randn_like(x.flatten(1)[:, :10])
"""


def test_a_network_that_answers_randomly_is_not_exported_over_a_good_file(
    cli: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(RANDOM)
    said = cli("train", "sklearn:digits", "--model", "nets.py:Random", "--budget", "2steps", "--out", "run", "--json")
    assert said.code == 0, said.out
    Path("good.onnx").write_bytes(b"good")
    said = cli("export", "run", "good.onnx", "--json")
    assert said.code == 2
    assert [finding["rule"] for finding in said.json["findings"]] == ["PJ421"]
    assert Path("good.onnx").read_bytes() == b"good"
    assert cli("export", "run", "new.onnx").code == 2
    assert not list(Path().glob("*new.onnx*"))


@pytest.mark.parametrize(
    ("folder", "ending", "file"),
    [
        ("runs/lr0.01", ".onnx", "runs/lr0.01.onnx"),
        ("runs/lr0.01/", ".zip", "runs/lr0.01.zip"),
        (".", "-compressed", "../{here}-compressed"),
    ],
)
def test_what_is_made_of_a_run_is_named_as_the_run_is(
    folder: str, ending: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert beside(Path(folder), ending).resolve() == Path(file.format(here=tmp_path.name)).resolve()
