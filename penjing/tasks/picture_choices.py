"""What a task on pictures starts from, chosen from what was found: size, channels, network, budget, augmentation."""

import re

from penjing.budget import ENOUGH_EPOCHS
from penjing.config import Choice
from penjing.data.dataset import Dataset
from penjing.data.headers import Headers, headers_of
from penjing.models.fast_net import SIDE as PATCH

TINY, SMALL = 16, 64  # pixels: the longer side of pictures that `cnn` and `fast` are for
SIDE = 128  # pixels: what larger ones are brought to
IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")  # a single one is a word


def recipe_for(data: Dataset) -> dict[str, Choice]:
    """Size, channels, network, and how it is trained, each with its reason; the figures are of validation splits."""
    headers = headers_of(data)
    side = max(headers.median)
    reads, _ = _reads(data, headers)
    is_tiny = side <= TINY or min(headers.median) < PATCH
    recipe = _tiny() if is_tiny else _small(reads=reads) if side <= SMALL else _photographs()
    return opening_for(data) | recipe


def augmentation_for(data: Dataset) -> dict[str, Choice]:
    """How pictures of classes are varied: what leaves a class what it is."""
    headers = headers_of(data)
    side = max(headers.median)
    reads, why = _reads(data, headers)
    if side <= TINY or reads:
        why = why or f"pictures of up to {TINY} pixels may be signs: mirrored ones would be others"
        moved = {"shift": 0.1, "rotate": 10.0, "scale": 0.1}
        return {name: Choice(value, "found in the data", why) for name, value in moved.items()}
    mirror = {"mirror": _mirror(data)}
    if side <= SMALL:
        return mirror | {
            "crop": Choice(0.0625, "default", "what is shown need not stand in the middle"),
            "border": Choice("reflect", "default", "no black edges that tell how far a picture was moved"),
        }
    light = "light and colors change while what is shown does not"
    return mirror | {
        "border": Choice("reflect", "default", "no black edges that tell how far a picture was moved"),
        "cutmix": Choice(0.5, "default", "a few thousand photographs are soon known by heart"),
        "resized_crop": Choice(0.35, "default", "photographs show things near and far"),
        "brightness": Choice(0.3, "default", light),
        "contrast": Choice(0.3, "default", light),
        "saturation": Choice(0.3, "default", light),
    }


def numbers_recipe_for(data: Dataset) -> dict[str, Choice]:
    """As `recipe_for`, for a number a picture: with networks whose head knows where something stands."""
    headers = headers_of(data)
    is_small = max(headers.median) <= SMALL
    model = "cnn" if is_small else "light"
    recipe = opening_for(data) | {
        "model": Choice(model, "found in the data", "its head tells cells of the picture apart"),
        "budget": Choice("auto", "default", "what fits into ten minutes here"),
        "lr": Choice(3e-3, "default", "the largest that is stable for these networks with AdamW"),
    }
    if is_small:
        return recipe
    by_heart = "the numbers of a few thousand photographs are soon known by heart"
    return recipe | {
        "dropout": Choice(0.5, "default", by_heart),
        "weight_decay": Choice(0.05, "default", by_heart),
    }


def opening_for(data: Dataset) -> dict[str, Choice]:
    """Size and channels that pictures are brought to."""
    headers = headers_of(data)
    height, width = headers.median
    modes = ", ".join(f"{mode} ({n:,})" for mode, n in sorted(headers.modes.items()))
    seen, n = headers.modes.total(), sum(map(len, data.splits.values()))
    of = f", {seen:,} of {n:,} looked at" if seen < n else ""
    color = Choice("grey" if headers.is_grey else "rgb", "found in the data", f"pictures of mode {modes}{of}")
    if max(height, width) <= SMALL:
        size = f"{height}x{width}"
        why = "the size they have" if headers.are_of_one_size else "the middle of their sizes"
    elif headers.are_of_one_size and max(height, width) > 1.2 * min(height, width):
        scale = min(SIDE / (height * width) ** 0.5, 1)  # never larger than they are
        size = "x".join(str(max(8 * round(side * scale / 8), 8)) for side in (height, width))
        why = f"all are {height}x{width}: the same shape, with at most the area of {SIDE}x{SIDE}"
    else:
        side = min(SIDE, max(height, width))
        size, why = f"{side}x{side}", f"photographs, {height}x{width} in the middle; larger ones take longer to learn"
    return {"color": color, "size": Choice(size, "found in the data", why)}


def _tiny() -> dict[str, Choice]:
    return {
        "model": Choice("cnn", "default", "convolutions share what they learn over the picture"),
        "budget": Choice(
            f"{ENOUGH_EPOCHS}epochs", "default", "small pictures; the validation score is flat from there"
        ),
        "lr": Choice(3e-3, "default", "the largest that is stable for this network with AdamW"),
    }


def _small(*, reads: bool) -> dict[str, Choice]:
    return _MUON | {
        "model": Choice("fast", "found in the data", "pictures of up to 64 pixels: the network of the speedruns"),
        "batch_size": Choice(256, "default", "steps of muon are worth more pictures each"),
        "lr": Choice(0.02, "default", "a half of it is as good; SGD and AdamW learn less at theirs"),
        "warmup": Choice(0.2, "default", "as in the speedruns"),
        "schedule": Choice("linear", "default", "as in the speedruns"),
        "label_smoothing": Choice(0.1 if reads else 0.2, "default", "surer answers are not more often right"),
    }


def _photographs() -> dict[str, Choice]:
    return _MUON | {
        "model": Choice("light", "found in the data", "photographs: what learns most in equal time on a CPU"),
        "batch_size": Choice(64, "default", "a few thousand photographs give few steps as it is"),
        "lr": Choice(0.01, "default", "by the validation score of photographs of flowers"),
        "momentum": Choice(0.95, "default", "muon's usual"),
        "warmup": Choice(0.1, "default", "by the validation score of photographs of flowers"),
        "label_smoothing": Choice(0.1, "default", "some labels of photographs are wrong"),
    }


_MUON = {
    "budget": Choice("auto", "default", "what fits into ten minutes here"),
    "optimizer": Choice("muon", "default", "learns in a third of the steps what SGD and AdamW learn"),
    "weight_decay": Choice(0.05, "default", "with muon and adamw"),
}


def _reads(data: Dataset, headers: Headers) -> tuple[bool, str]:
    """Whether pictures may show characters, which a turn or a mirror would make others; and why we think so."""
    if not (headers.is_grey and max(headers.median) <= SMALL):
        return False, ""
    if _are_characters(data.classes):
        return True, "classes are single characters: mirrored ones would be others"
    return True, "small grey pictures may be writing: mirrored ones would be others"


def _are_characters(names: tuple[str, ...]) -> bool:
    return bool(names) and all(len(name) == 1 for name in names)


def _mirror(data: Dataset) -> Choice:
    """Whether a mirrored picture is of the same class, by the names that the source gives to classes."""
    are_signs = _are_characters(data.classes) and not any(map(IDEOGRAPH.match, data.classes))
    if are_signs and not data.is_numbered:
        why = "class names are single characters: mirrored ones may be others"
        return Choice(value=False, origin="found in the data", why=why)
    for name in data.classes:
        words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)  # turn_left, TurnLeft, but not bright
        if {"left", "right"} & {word.lower() for word in words}:
            why = f"class `{name}` tells sides apart: mirrored, it would be another"
            return Choice(value=False, origin="found in the data", why=why)
    why = "a mirrored picture shows the same" + (", unless it is of characters" if data.is_numbered else "")
    return Choice(value=True, origin="found in the data", why=why)
