"""What is done to a picture before a network sees it, and how strongly. No torch."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(ge=0, lt=1)]


class Augmentation(msgspec.Struct, frozen=True, kw_only=True):
    """How far each draw may go; as it stands here nothing is drawn, and a picture is only normalized."""

    crop: Annotated[Share, Meta(description="augmentation: largest shift by whole pixels, as a share of the side")] = (
        0.0
    )
    mirror: Annotated[bool, Meta(description="augmentation: left and right swapped in half of the pictures")] = False
    upside_down: Annotated[bool, Meta(description="augmentation: up and down swapped in half of the pictures")] = False
    shift: Annotated[Share, Meta(description="augmentation: largest shift, as a share of the side")] = 0.0
    rotate: Annotated[float, Meta(ge=0, le=180, description="augmentation: largest turn, degrees")] = 0.0
    scale: Annotated[Share, Meta(description="augmentation: largest growth or shrinking, as a share")] = 0.0
    shear: Annotated[float, Meta(ge=0, lt=45, description="augmentation: largest shear along each axis, degrees")] = 0.0
    resized_crop: Annotated[
        float, Meta(gt=0, le=1, description="augmentation: least share of the area that a crop keeps; 1: the whole")
    ] = 1.0
    border: Annotated[
        Literal["black", "reflect"], Meta(description="augmentation: what flows in where a picture is moved")
    ] = "black"
    brightness: Annotated[Share, Meta(description="augmentation: largest change of brightness, as a share")] = 0.0
    contrast: Annotated[Share, Meta(description="augmentation: largest change of contrast, as a share")] = 0.0
    saturation: Annotated[Share, Meta(description="augmentation: largest change of saturation, as a share")] = 0.0
    cutout: Annotated[
        Share, Meta(description="augmentation: side of the square cut out, as a share of the picture's")
    ] = 0.0
    mixup: Annotated[float, Meta(ge=0, description="augmentation: alpha of mixup's beta distribution; 0: off")] = 0.0
    cutmix: Annotated[float, Meta(ge=0, description="augmentation: alpha of cutmix's beta distribution; 0: off")] = 0.0
