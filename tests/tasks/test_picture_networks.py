"""Networks by name: each of the table is there, takes its settings, and says which it has no use for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from penjing.config import Model
from penjing.findings import PenjingError
from penjing.models import MODELS, USUAL, alexnet, resnet, vgg
from penjing.models.cnn import CNN
from penjing.models.fast_net import FastNet
from penjing.models.light_net import LightNet
from penjing.models.mlp import MLP
from penjing.models.resnet_small import SmallResNet
from penjing.tasks.class_spec import spec_without_data
from penjing.tasks.picture_networks import patches_for, picture_network

COLOR = (3, 32, 32)


def built(name: str, picture: tuple[int, int, int] = COLOR, **settings: Any) -> nn.Module:
    with torch.device("meta"):
        return picture_network(Model(name, **settings), 7, spec_without_data(7, picture))


def shapes_of(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def test_the_table_is_that_of_the_models_that_classify() -> None:
    assert list(USUAL) == [name for name, (task, _) in MODELS.items() if task == "classify"]


@pytest.mark.parametrize("picture", [(3, 1, 12), (1, 40, 1), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_pictures_of_a_single_line_have_networks_too(name: str, picture: tuple[int, int, int]) -> None:
    assert built(name, picture).eval()(torch.empty(2, *picture, device="meta")).shape == (2, 7)


@pytest.mark.parametrize("picture", [(1, 8, 8), (3, 32, 40), (3, 224, 224)], ids=["digits", "small", "large"])
@pytest.mark.parametrize("name", USUAL)
def test_each_network_answers_pictures_of_each_size(name: str, picture: tuple[int, int, int]) -> None:
    logits = built(name, picture).eval()(torch.empty(2, *picture, device="meta"))
    assert logits.shape == (2, 7)


@pytest.mark.parametrize(
    ("name", "direct"),
    [
        ("cnn", lambda: CNN(7, 3)),
        ("mlp", lambda: MLP(3 * 32 * 32, 7)),
        ("fast", lambda: FastNet(7, 3)),
        ("light", lambda: LightNet(7, 3)),
        ("alexnet", lambda: alexnet.AlexNet(7, 3, stem="small")),
        ("vgg13_bn", lambda: vgg.VGG(7, 3, depth=13, norm=True, grid=1)),
        ("resnet50", lambda: resnet.ResNet(7, 3, depth=50, stem="small")),
        ("resnet32", lambda: SmallResNet(7, 3, depth=32)),
        ("plain44", lambda: SmallResNet(7, 3, depth=44, residual=False)),
    ],
)
def test_a_name_alone_is_the_network_as_its_file_has_it(name: str, direct: Callable[[], nn.Module]) -> None:
    with torch.device("meta"):
        expected = direct()
    assert shapes_of(built(name)) == shapes_of(expected)
    assert str(built(name)) == str(expected)


def features_of(network: nn.Module) -> int:
    """What its last linear layer reads."""
    return [module.in_features for module in network.modules() if isinstance(module, nn.Linear)][-1]


@pytest.mark.parametrize(
    "name", ["cnn", "mlp", "fast", "light", "alexnet", "vgg16", "resnet34", "resnet50", "resnet20", "plain20"]
)
def test_width_scales_all_stages(name: str) -> None:
    assert features_of(built(name, width=24)) == 2 * features_of(built(name, width=12))


@pytest.mark.parametrize("name", ["cnn", "fast", "light", "alexnet", "vgg11"])
def test_dropout_reaches_its_layers(name: str) -> None:
    for share in (0.0, 0.37):
        found = [module.p for module in built(name, dropout=share).modules() if isinstance(module, nn.Dropout)]
        assert found
        assert set(found) == {share}


@pytest.mark.parametrize("name", ["resnet18", "resnet20"])
def test_stochastic_depth_reaches_the_last_block(name: str) -> None:
    shares = [module.share for module in built(name, stochastic_depth=0.3).modules() if hasattr(module, "share")]
    assert shares[-1] == pytest.approx(0.3)
    assert shares == sorted(shares)


@pytest.mark.parametrize(
    ("name", "setting", "rule"),
    [
        ("mlp", {"dropout": 0.5}, "unused-setting"),
        ("resnet18", {"dropout": 0.0}, "unused-setting"),
        ("vgg16", {"stochastic_depth": 0.1}, "unused-setting"),
        ("fast", {"stochastic_depth": 0.1}, "unused-setting"),
        ("plain20", {"stochastic_depth": 0.1}, "bad-setting"),
        ("timm:resnet18", {"width": 32}, "unused-setting"),
    ],
)
def test_a_setting_without_use_is_a_finding(name: str, setting: dict[str, Any], rule: str) -> None:
    with pytest.raises(PenjingError) as caught:
        built(name, **setting)
    finding = caught.value.finding
    assert finding.rule == rule
    assert name in finding.what
    assert next(iter(setting)) in finding.where


def test_a_network_of_the_users_own_gets_the_settings_that_it_names(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_nets.py").write_text(
        "from torch import nn\n"
        "def tiny(spec, width=4):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(spec.height * spec.width * spec.channels, width))\n"
    )
    assert built("own_nets.py:tiny")[1].out_features == 4  # type: ignore[index]
    assert built("own_nets.py:tiny", width=9)[1].out_features == 9  # type: ignore[index]
    with pytest.raises(PenjingError) as caught:
        built("own_nets.py:tiny", dropout=0.5)
    assert caught.value.finding.rule == "unused-setting"
    assert "what it has a use for: width" in caught.value.finding.try_


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(PenjingError) as caught:
        built("resnet500")
    assert (caught.value.finding.rule, "`resnet50`" in caught.value.finding.try_) == ("unknown-model", True)


def test_pictures_without_a_patch_are_refused_by_fast_alone() -> None:
    pictures = np.zeros((4, 1, 12, 3), np.uint8)
    with pytest.raises(PenjingError, match="pictures are 1x12"):
        patches_for(Model("fast"), pictures, (0.5,) * 3, (1.0,) * 3)
    assert patches_for(Model("cnn"), pictures, (0.5,) * 3, (1.0,) * 3) == ()
