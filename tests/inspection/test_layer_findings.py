"""What is said of a network's layers: each finding on a case made for it, and silence beside."""

import pytest
import torch
from torch import nn

from penjing.findings import Finding
from penjing.inspection.layer_findings import findings_on
from penjing.inspection.layers import layers_of
from penjing.models import resnet, vgg
from penjing.models.cnn import CNN
from penjing.models.mlp import MLP


def found_on(network: nn.Module, *picture: int) -> list[Finding]:
    return list(findings_on(layers_of(network, picture)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("side", "severity"), [(15, "note"), (28, "note"), (29, "warning")])
def test_a_field_smaller_than_the_picture_is_found(side: int, severity: str) -> None:
    """Two stages of two 3x3 convolutions with a halving between see 14 pixels."""
    (finding,) = found_on(CNN(10, 1), 1, side, side)
    assert (finding.rule, finding.severity) == ("small-receptive-field", severity)
    assert finding.why.startswith("objects larger than 14 pixels are never seen whole")
    assert finding.evidence == {"receptive_field": [14, 14], "picture": [side, side]}


def test_a_field_may_be_too_small_on_one_side_alone() -> None:
    (finding,) = found_on(CNN(10, 1), 1, 12, 20)
    assert "sees 14x14 pixels, and the picture has 12x20" in finding.what
    assert "(size=12x14)" in finding.try_  # no side grows


@pytest.mark.parametrize(
    ("network", "picture"),
    [
        (CNN(10, 1), (1, 14, 14)),
        (MLP(64, 10), (1, 8, 8)),
        (resnet.ResNet(10, depth=18, width=4, stem="small"), (3, 32, 32)),
    ],
    ids=["as-large", "no-map", "larger"],
)
def test_nothing_is_said_of_a_network_that_sees_its_pictures(network: nn.Module, picture: tuple[int, int, int]) -> None:
    assert found_on(network, *picture) == []


def test_a_stem_for_large_pictures_reads_padding_on_small_ones() -> None:
    """On a map of one place a 3x3 convolution reads eight zeros of nine."""
    network = resnet.ResNet(10, depth=18, width=4, stem="large")
    (finding,) = found_on(network, 3, 32, 32)
    assert (finding.rule, finding.severity) == ("padding-dominates", "warning")
    assert "89% in layer4.0.conv2, whose map is 1x1" in finding.what
    assert finding.evidence["layer4.1.conv1"] == pytest.approx(8 / 9, abs=1e-4)
    assert "layer1.0.conv1" not in finding.evidence
    assert [one.rule for one in found_on(network, 3, 224, 224)] == []


@pytest.mark.parametrize(("side", "dominates"), [(2, True), (3, False), (4, False)])
def test_half_of_what_is_read_is_the_line(side: int, *, dominates: bool) -> None:
    """On 2x2 a 3x3 convolution reads 16 of 36 values from the map, on 3x3 49 of 81."""
    found = found_on(nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, 1)), 1, side, side)
    assert [one.rule for one in found if one.rule == "padding-dominates"] == ["padding-dominates"] * dominates


def test_vgg_on_pictures_of_32_pixels_is_told_where() -> None:
    with torch.device("meta"):
        network = vgg.VGG(10, width=8, grid=1)
    (finding,) = found_on(network, 3, 32, 32)
    assert finding.where == "layers features.24 to features.28"


class Turned(nn.Module):
    """Shifts places between two convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.after = nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.after(self.before(x).roll(1, 3))


def test_an_unknown_field_is_a_note_and_no_guess() -> None:
    (finding,) = found_on(Turned(), 1, 20, 20)
    assert (finding.rule, finding.severity) == ("receptive-field-unknown", "note")
    assert "roll in (network)" in finding.what
