"""Choices on pictures: what is varied, by what the pictures are and what the classes are called."""

from typing import Any

import numpy as np
import pytest

from penjing.tasks.picture_choices import augmentation_for
from tests.tasks.shapes import divided


def chosen(classes: tuple[str, ...], side: int = 100, channels: int = 3) -> dict[str, Any]:
    """Values of how pictures of this form, in these classes, are varied."""
    pictures = np.zeros((8, side, side, channels), np.uint8)
    choices = augmentation_for(divided(pictures, np.arange(8) % 2, "class", classes))
    assert all(choice.why for choice in choices.values())
    return {name: choice.value for name, choice in choices.items()}


PHOTOGRAPHS = chosen(("cat", "dog"))


def test_colour_photographs_in_folders_called_0_and_1_are_varied_as_any() -> None:
    assert chosen(("0", "1")) == PHOTOGRAPHS
    assert {name: PHOTOGRAPHS[name] for name in ("mirror", "cutmix")} == {"mirror": True, "cutmix": 0.5}
    assert PHOTOGRAPHS.keys() >= {"brightness", "contrast", "saturation"}
    assert chosen(("0", "1"), side=32) == chosen(("cat", "dog"), side=32)
    assert chosen(("0", "1"), side=32)["mirror"] is True


@pytest.mark.parametrize(("side", "channels"), [(8, 1), (16, 3), (28, 1), (64, 1)])
@pytest.mark.parametrize("classes", [("b", "d"), ("cat", "dog")])
def test_what_may_be_writing_is_moved_and_not_mirrored(side: int, channels: int, classes: tuple[str, ...]) -> None:
    assert chosen(classes, side, channels).keys() == {"shift", "rotate", "scale"}


@pytest.mark.parametrize("name", ["bright", "Leftover", "copyright", "upright", "cleft", "brightLight"])
def test_a_name_that_holds_a_side_by_chance_keeps_the_mirror(name: str) -> None:
    assert chosen(("plain", name)) == PHOTOGRAPHS


@pytest.mark.parametrize(
    "name", ["left", "RIGHT", "turn_left", "turn-right", "TurnLeft", "turnRight", "LEFT_turn", "left2", "ABLeft"]
)
@pytest.mark.parametrize("side", [32, 100])
def test_a_class_of_one_side_loses_the_mirror_alone(name: str, side: int) -> None:
    usual = chosen(("plain", "cat"), side)
    assert usual["mirror"] is True
    assert chosen(("plain", name), side) == usual | {"mirror": False}
