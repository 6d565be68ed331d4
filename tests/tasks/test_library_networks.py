"""Networks of torchvision and timm: made-up libraries for what may go wrong, and the real ones where they are."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import penjing
from penjing.config import Model
from penjing.findings import Finding, PenjingError
from penjing.tasks.class_spec import spec_without_data
from penjing.tasks.library_networks import build
from penjing.tasks.picture_networks import picture_network

COLOR, GREY = (3, 32, 32), (1, 32, 32)


class Tiny(nn.Module):
    """A convolution, a norm and a head, as a library would build it."""

    def __init__(self, classes: int, channels: int = 3) -> None:
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, classes)

    def forward(self, x: Tensor) -> Any:
        logits: Tensor = self.head(self.norm(self.conv(x)).mean((2, 3)))
        return logits


class TwoHeads(Tiny):
    """Gives two answers while training, as inception does."""

    def forward(self, x: Tensor) -> Any:
        logits = super().forward(x)
        return (logits, logits) if self.training else logits


class OfOneSize(Tiny):
    """Takes no other size than 224."""

    def forward(self, x: Tensor) -> Any:
        if x.shape[-1] != 224:
            raise AssertionError(f"Wrong image height! Expected 224 but got {x.shape[-1]}!")
        return super().forward(x)


NETWORKS: dict[str, Callable[..., nn.Module]] = {"tiny50": Tiny, "two_heads": TwoHeads, "of_one_size": OfOneSize}


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A torchvision and a timm of three networks, each with its library's signatures."""

    def get_model(name: str, *, weights: None, num_classes: int) -> nn.Module:
        assert weights is None
        return NETWORKS[name](num_classes)

    def create_model(name: str, *, pretrained: bool, num_classes: int, in_chans: int) -> nn.Module:
        assert not pretrained
        return NETWORKS[name.partition(".")[0]](num_classes, in_chans)

    models = SimpleNamespace(list_models=lambda module: list(NETWORKS), get_model=get_model)
    monkeypatch.setitem(sys.modules, "torchvision", ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.models", models)
    timm = SimpleNamespace(list_models=lambda: list(NETWORKS), create_model=create_model)
    monkeypatch.setitem(sys.modules, "timm", timm)


def refused(model: str, picture: tuple[int, int, int] = COLOR) -> Finding:
    with pytest.raises(PenjingError) as caught:
        build(model, 7, picture)
    return caught.value.finding


@pytest.mark.parametrize("library", ["torchvision", "timm"])
@pytest.mark.parametrize("picture", [COLOR, GREY], ids=["color", "grey"])
@pytest.mark.usefixtures("made_up")
def test_a_librarys_network_answers_with_one_number_for_each_output(
    library: str, picture: tuple[int, int, int]
) -> None:
    network = picture_network(Model(f"{library}:tiny50"), 7, spec_without_data(7, picture))
    assert network(torch.zeros(2, *picture)).shape == (2, 7)


@pytest.mark.usefixtures("made_up")
def test_a_librarys_network_is_trained_gone_on_with_and_sealed(tmp_path: Path) -> None:
    settings = {"threads": 1, "evaluations": 0}
    run = penjing.train("sklearn:digits", model="torchvision:tiny50", budget="4steps", out=tmp_path, settings=settings)
    weights = run.weights("last")
    for name in ("scores.json", "weights/last.safetensors"):
        (run.path / name).unlink()
    again = penjing.train(resume=run.path).weights("last")
    assert all(np.array_equal(array, again[name]) for name, array in weights.items())
    assert penjing.verify(run.export(tmp_path / "tiny.onnx")).findings == ()


@pytest.mark.usefixtures("made_up")
def test_looking_at_the_network_leaves_its_statistics_alone() -> None:
    network = build("torchvision:tiny50", 7, COLOR)
    assert network.norm.num_batches_tracked == 0  # type: ignore[union-attr]
    assert torch.equal(network.norm.running_mean, torch.zeros(4))  # type: ignore[union-attr, arg-type]
    assert network.training


@pytest.mark.usefixtures("made_up")
def test_a_grey_picture_is_read_as_the_same_in_three_channels() -> None:
    torch.manual_seed(0)
    color = build("torchvision:tiny50", 7, COLOR).eval()
    torch.manual_seed(0)
    grey = build("torchvision:tiny50", 7, GREY).eval()
    x = torch.rand(2, *GREY)
    torch.testing.assert_close(grey(x), color(x.expand(2, *COLOR)))


@pytest.mark.parametrize(
    ("model", "picture", "rule", "says"),
    [
        ("torchvision:tyni50", COLOR, "unknown-model", "`tiny50`"),
        ("timm:tyni50.in1k", COLOR, "unknown-model", "`tiny50`"),
        ("timm:two_heads", COLOR, "not-a-network", "gives a tuple in training"),
        ("torchvision:of_one_size", COLOR, "not-a-network", "Expected 224 but got 32"),
        ("torchvision:tiny50", (2, 32, 32), "not-a-network", "3 channels, and these have 2"),
    ],
)
@pytest.mark.usefixtures("made_up")
def test_what_cannot_be_trained_is_one_finding(model: str, picture: tuple[int, int, int], rule: str, says: str) -> None:
    finding = refused(model, picture)
    assert finding.rule == rule
    assert says in finding.what + finding.try_


@pytest.mark.usefixtures("made_up")
def test_names_of_weights_do_not_hide_the_network() -> None:
    assert isinstance(build("timm:tiny50.in1k", 7, COLOR), Tiny)


@pytest.mark.parametrize("cuda", ["13.0", None])
def test_beside_a_torch_for_cpus_pip_is_told_where_a_torchvision_for_cpus_is(
    monkeypatch: pytest.MonkeyPatch, cuda: str | None
) -> None:
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setitem(sys.modules, "torchvision.models", None)
    assert ("https://download.pytorch.org/whl/cpu" in refused("torchvision:resnet50").try_) == (cuda is None)


@pytest.mark.parametrize(("library", "module"), [("torchvision", "torchvision.models"), ("timm", "timm")])
def test_an_absent_library_is_one_finding_with_its_command(
    monkeypatch: pytest.MonkeyPatch, library: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    finding = refused(f"{library}:resnet50")
    assert finding.rule == "not-installed"
    assert f"pip install {library}" in finding.try_


def test_a_library_made_for_another_torch_is_one_finding(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "timm.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "timm", raising=False)
    finding = refused("timm:resnet50")
    assert finding.rule == "does-not-load"
    assert "nms does not exist" in finding.what
    assert "compiled for one version of torch" in finding.why
    assert "pip install --force-reinstall torch torchvision" in finding.try_


@pytest.mark.usefixtures("torchvision_models")
@pytest.mark.filterwarnings("ignore:The default weight initialization:FutureWarning")
def test_torchvisions_own_networks_answer() -> None:
    for picture in (COLOR, GREY):
        network = build("torchvision:resnet18", 7, picture)
        assert network(torch.zeros(2, *picture)).shape == (2, 7)
    assert "`resnet50`" in refused("torchvision:resnet5O").try_
    assert "GoogLeNetOutputs" in refused("torchvision:googlenet", (3, 64, 64)).what
    assert "Expected 224 but got 32" in refused("torchvision:vit_b_16").what


@pytest.mark.usefixtures("torchvision_models")
def test_timms_own_networks_answer() -> None:
    if importlib.util.find_spec("timm") is None:
        pytest.skip("timm is not installed: pip install --no-deps timm")
    for picture in (COLOR, GREY):
        network = build("timm:resnet18", 7, picture)
        assert network(torch.zeros(2, *picture)).shape == (2, 7)
    assert "`convnext_nano`" in refused("timm:convnext_nanoo").try_
