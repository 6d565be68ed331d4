"""What classifying is told and what its data fixes, for one class a picture and for several labels alike."""

from typing import Annotated

import msgspec
from msgspec import Meta

from penjing.data.augmentation.settings import Augmentation
from penjing.tasks.balance import Balance
from penjing.tasks.picture_graph import TestTime


class Options(Augmentation, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What only this task can be told: how pictures are augmented, and the rest below."""

    label_smoothing: Annotated[float, Meta(ge=0, lt=1, description="share of the target spread over all classes")] = 0.0
    balance: Annotated[
        Balance,
        Meta(
            description="of uneven classes: weights in the loss, or even sampling; "
            "auto: weights above a ratio of 3, sampling above 10"
        ),
    ] = "auto"
    test_time: Annotated[
        TestTime,
        Meta(
            description="what the answer is the mean of: the picture alone; and its mirror image, at twice the cost; "
            "it, and moved both ways by a pixel in 32, at three times; all of these, at six times"
        ),
    ] = "none"


class Spec(msgspec.Struct, frozen=True):
    """What the data fixes."""

    classes: tuple[str, ...]
    height: int
    width: int
    channels: int
    mean: tuple[float, ...]  # of each channel, on the scale 0 to 1
    std: tuple[float, ...]
    frequencies: tuple[float, ...]  # of the classes; they sum to 1 where a picture has one class
    several: bool = False  # whether a picture can have several of them, or none
    thresholds: tuple[float, ...] = ()  # of several: the probability from which each holds
    test_time: TestTime = "none"
    patches: tuple[tuple[float, ...], ...] = ()  # covariance of 2x2 patches of normalized pictures, (4 C, 4 C)


def spec_without_data(classes: int, picture: tuple[int, int, int]) -> Spec:
    """What there is to say before any data: for looking at networks.

    Args:
        classes: how many, numbered and equally frequent.
        picture: channels, height, width.
    """
    channels, height, width = picture
    return Spec(
        classes=tuple(map(str, range(classes))),
        height=height,
        width=width,
        channels=channels,
        mean=(0.5,) * channels,
        std=(0.25,) * channels,
        frequencies=(1 / classes,) * classes,
    )
