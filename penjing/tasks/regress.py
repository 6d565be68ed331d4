"""Regress: one number a picture, with the interval that it is likely to lie in.

    picture (H, W, C) uint8 -> resize -> normalize -> network -> (1,) -> times spread plus mean -> value (1,)

The functions stand in the order in which a training meets them; `tasks/task.py` says what each must keep.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta
from torch import nn

from penjing.config import Choice, Config
from penjing.data.augmentation.augment import Augment
from penjing.data.augmentation.settings import Augmentation
from penjing.data.batches import Share, Shuffled
from penjing.data.dataset import Dataset, Form, Split, Truth
from penjing.data.statistics import mean_and_spread
from penjing.evaluation.baselines import nearest_neighbour
from penjing.evaluation.drawing import Drawing, picture_svg
from penjing.evaluation.intervals import Groups
from penjing.evaluation.regression import margin, regression
from penjing.evaluation.scores import Scores
from penjing.figures import figure
from penjing.runtime.pipeline import Pipeline
from penjing.runtime.steps.give_number import GiveNumber, Number
from penjing.runtime.steps.run_graph import RunGraph
from penjing.tasks.numbers import InUnits, Kind, as_seen, each_loss, first_loss, is_steering, number_name, refuse_bad
from penjing.tasks.picture_choices import numbers_recipe_for
from penjing.tasks.picture_graph import PictureGraph, picture_input, picture_opener, picture_samples
from penjing.tasks.picture_networks import patches_for, picture_network
from penjing.tasks.pictures import LabelledPictures, MixedPictures, Normalize, PictureStream
from penjing.tasks.task import Graph, Loss, Stream, expect_shape, nothing, through_pipeline

form: Form = "pictures"
truths: tuple[Truth, ...] = ("number",)
CELLS = 4  # a side that the network's head tells apart: where something stands matters for a number


class Options(Augmentation, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What only this task can be told: how pictures are augmented, and the loss.

    A picture that is turned or mirrored may have another number, so neither is done unless it is asked for; but a
    mirrored road is steered the other way, so pictures to steer by are mirrored, and their number with them. A small
    shift is what a shaken camera does, and light changes by itself.
    """

    loss: Annotated[
        Kind,
        Meta(description="huber: squared for small errors, linear from one spread on; or squared"),
    ] = "huber"
    mirrored: Annotated[
        Literal["same", "negated"],
        Meta(description="what the number of a mirrored picture is: the same, or its negative, as steering is"),
    ] = "same"


class Spec(msgspec.Struct, frozen=True):
    """What the data fixes."""

    name: str  # of the number
    height: int
    width: int
    channels: int
    mean: tuple[float, ...]  # of each channel, on the scale 0 to 1
    std: tuple[float, ...]
    usual: float  # mean of the number as it is trained: over the train split and, where they are negated, its mirrors
    spread: float  # its standard deviation
    patches: tuple[tuple[float, ...], ...]  # covariance of patches that `fast` whitens by; empty for others
    untrained_loss: float | None  # of always answering the mean; None where a batch's varies too much to say
    margin: float | None = None  # of the 90 % interval, to either side; None before it is calibrated


def choices(data: Dataset) -> Mapping[str, Choice]:
    """Where this task starts from."""
    shaken = "a shaken camera and changing light leave the number as it is; mirroring or turning may not"
    chosen = numbers_recipe_for(data) | {
        "shift": Choice(0.02, "default", shaken),
        "brightness": Choice(0.2, "default", shaken),
        "contrast": Choice(0.2, "default", shaken),
    }
    if is_steering(data):
        why = f"`{number_name(data)}` of both signs: a mirrored road is steered the other way"
        chosen |= {
            "mirror": Choice(value=True, origin="found in the data", why=why),
            "mirrored": Choice("negated", "found in the data", why),
        }
    return chosen


def prepare(data: Dataset, config: Config[Options]) -> Dataset:
    """The data as it was read, all of its numbers finite and not all of them one.

    Raises:
        PenjingError: `not-finite`, `one-value`.
    """
    refuse_bad(data)
    return data


def describe(data: Dataset, config: Config[Options]) -> Spec:
    """Size, and mean and spread of the pixels and of the number, over the train split as it is trained on."""
    train, options = data.splits["train"], config.options
    pictures, is_negated = np.asarray(train.inputs), options.mirror and options.mirrored == "negated"
    mean, std = mean_and_spread(pictures)
    numbers = as_seen(np.asarray(train.truths), with_negated=is_negated)
    return Spec(
        name=number_name(data),
        height=pictures.shape[1],
        width=pictures.shape[2],
        channels=pictures.shape[3],
        mean=mean,
        std=std,
        usual=float(numbers.mean()),
        spread=float(numbers.std()),
        patches=patches_for(config.model, pictures, mean, std),
        untrained_loss=first_loss(numbers, options.loss, config.train.batch_size),
    )


def network(spec: Spec, config: Config[Options]) -> nn.Module:
    """By name, ours, a library's or the user's: Spec -> module, (B, C, H, W) -> (B, 1), in spreads."""
    return picture_network(config.model, 1, spec, grid=CELLS)


def stream(split: Split, network: nn.Module, spec: Spec, config: Config[Options], share: Share) -> Stream:
    """Shuffled batches, each picture moved by its own draw, and mirrored with its number."""
    order = Shuffled(len(split), config.train.batch_size, config.seed, share)
    numbers = np.asarray(split.truths, dtype=np.float32)
    augment = Augment(config.options, spec.mean, spec.std)
    mirrored = -numbers if config.options.mirrored == "negated" else None
    return PictureStream(np.asarray(split.inputs), numbers, order, augment, mirrored=mirrored)


def loss(network: nn.Module, batch: LabelledPictures | MixedPictures, spec: Spec, config: Config[Options]) -> Loss:
    """Huber's loss or the squared error, in spreads of the number."""
    given = network(batch.x)
    expect_shape("numbers", given, (len(batch.y), 1))
    kind = config.options.loss
    return Loss(batch.mean(lambda numbers: each_loss(given[:, 0], (numbers - spec.usual) / spec.spread, kind)))


after_step = nothing


def start_loss(spec: Spec) -> float | None:
    """What a network that answers the mean gives; an untrained one is near it."""
    return spec.untrained_loss


def graphs(network: nn.Module, spec: Spec) -> Mapping[str, Graph]:
    """One graph, from pixels to the number."""
    normalize, in_units = Normalize(spec.mean, spec.std), InUnits(spec.usual, spec.spread)
    graph = PictureGraph(network, (spec.height, spec.width), normalize, in_units)
    return {"regress": Graph(graph, {"picture": picture_input(spec.channels)}, ("value",))}


def pipeline(spec: Spec) -> Pipeline:
    """Open, run, give the number with its interval."""
    opener = picture_opener(spec.channels, (spec.height, spec.width))
    return Pipeline((opener, RunGraph("regress", "picture"), GiveNumber(spec.name, spec.margin)))


samples = picture_samples
answers = through_pipeline


def calibrate(answers: Sequence[Number], truths: Sequence[float], spec: Spec) -> Spec:
    """How far the 90 % interval reaches, from the errors on the validation split."""
    return msgspec.structs.replace(spec, margin=margin(answers, truths))


def score(answers: Sequence[Number], truths: Sequence[float], spec: Spec, groups: Groups = None) -> Scores:
    """The mean absolute error; beside it R2 and the share of truths inside the intervals."""
    return regression(answers, truths, groups)


def baselines(data: Dataset, spec: Spec, split: Split) -> Mapping[str, Sequence[Number]]:
    """Always the mean, always the median, and the number of the nearest neighbour in pixels."""
    numbers, train = np.asarray(data.splits["train"].truths), np.asarray(data.splits["train"].inputs)
    guesses = {
        "mean": np.full(len(split), numbers.mean()),
        "median": np.full(len(split), np.median(numbers)),
        **nearest_neighbour(train, numbers, np.asarray(split.inputs)),
    }
    return {name: [Number(float(value), spec.name) for value in values] for name, values in guesses.items()}


def draw(example: np.ndarray, answer: Number, truth: float, spec: Spec) -> Drawing:
    """The picture with its answer, the truth and how far off it is; right where the truth lies in the interval."""
    if answer.low is None or answer.high is None:
        return Drawing(picture_svg(example), f"{answer.in_figures}, truly {truth:.4g}")
    true, off = (figure(value, answer.low, answer.high) for value in (float(truth), abs(answer.value - float(truth))))
    right = bool(answer.low <= truth <= answer.high)
    return Drawing(picture_svg(example), f"{answer.in_figures}, truly {true}", right, f"off by {off}")
