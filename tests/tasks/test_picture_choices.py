"""Choices on pictures: what is varied, by what the pictures are and what the classes are called."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from penjing.config import Choice
from penjing.tasks.picture_choices import augmentation_for, recipe_for
from tests.tasks.shapes import divided


def choices_for(
    classes: tuple[str, ...], side: int = 100, channels: int = 3, *, is_numbered: bool = False
) -> Mapping[str, Choice]:
    pictures = np.zeros((8, side, side, channels), np.uint8)
    data = divided(pictures, np.arange(8) % 2, "class", classes)
    return augmentation_for(replace(data, is_numbered=is_numbered))


def chosen(
    classes: tuple[str, ...], side: int = 100, channels: int = 3, *, is_numbered: bool = False
) -> dict[str, Any]:
    """Values of how pictures of this form, in these classes, are varied."""
    choices = choices_for(classes, side, channels, is_numbered=is_numbered)
    assert all(choice.why for choice in choices.values())
    return {name: choice.value for name, choice in choices.items()}


PHOTOGRAPHS = chosen(("cat", "dog"))


def test_photographs_are_mirrored_mixed_and_lit_otherwise() -> None:
    assert {name: PHOTOGRAPHS[name] for name in ("mirror", "cutmix")} == {"mirror": True, "cutmix": 0.5}
    assert PHOTOGRAPHS.keys() >= {"brightness", "contrast", "saturation"}


@pytest.mark.parametrize("classes", [("A", "B"), ("0", "1"), ("b", "7"), ("\u0431", "\u0432")])
@pytest.mark.parametrize("side", [32, 100])
def test_colored_pictures_of_classes_called_by_a_character_lose_the_mirror_alone(
    classes: tuple[str, ...], side: int
) -> None:
    usual = chosen(("cat", "dog"), side)
    assert usual["mirror"] is True
    assert chosen(classes, side) == usual | {"mirror": False}
    mirror = choices_for(classes, side)["mirror"]
    assert (mirror.origin, mirror.why) == (
        "found in the data",
        "class names are single characters: mirrored ones may be others",
    )


@pytest.mark.parametrize("side", [32, 100])
def test_names_that_nobody_gave_and_ideographs_keep_the_mirror(side: int) -> None:
    usual = chosen(("cat", "dog"), side)
    assert chosen(("0", "1"), side, is_numbered=True) == usual
    assert chosen(("\u732b", "\u72d7"), side) == usual  # cat, dog
    assert chosen(("A", "dog"), side) == usual


def test_the_reason_for_the_mirror_fits_pictures_of_any_size() -> None:
    same = "a mirrored picture shows the same"
    assert {choices_for(("cat", "dog"), side)["mirror"].why for side in (32, 100)} == {same}
    numbered = choices_for(("0", "1"), 32, is_numbered=True)
    assert numbered["mirror"].why == f"{same}, unless it is of characters"


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


@pytest.mark.parametrize(
    ("size", "model"),
    [((40, 40), "fast"), ((2, 40), "fast"), ((1, 40), "cnn"), ((60, 1), "cnn"), ((200, 100), "light")],
)
def test_the_network_is_one_that_can_read_pictures_of_this_size(size: tuple[int, int], model: str) -> None:
    data = divided(np.zeros((8, *size, 3), np.uint8), np.arange(8) % 2, "class", ("cat", "dog"))
    assert recipe_for(data)["model"].value == model
