"""Classify: one label a picture.

    picture (H, W, C) uint8 -> resize -> normalize -> network -> logits (K,) -> softmax -> probabilities (K,)

The functions stand in the order in which a training meets them; `tasks/task.py` says what each must keep.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Literal

import msgspec
import numpy as np
import torch.nn.functional as F
from msgspec import Meta
from torch import Tensor, nn

from penjing.config import Choice, Config
from penjing.data import augment
from penjing.data.batches import Share, Shuffled
from penjing.data.dataset import Dataset, Form, Split
from penjing.data.statistics import mean_and_spread
from penjing.evaluation.baselines import simple_learners
from penjing.evaluation.drawing import Drawing, picture_svg
from penjing.evaluation.scores import Scores, share
from penjing.models.cnn import CNN
from penjing.models.mlp import MLP
from penjing.models.resize import Resize
from penjing.runtime.pipeline import Pipeline
from penjing.runtime.steps.name_class import Classification, NameClass
from penjing.runtime.steps.open_picture import OpenPicture
from penjing.runtime.steps.run_graph import RunGraph
from penjing.tasks import networks
from penjing.tasks.picture_choices import chosen_for
from penjing.tasks.pictures import LabelledPictures, Normalize, PictureStream
from penjing.tasks.task import Graph, Loss, Signature, Stream, expect_shape, keep, nothing, through_pipeline

form: Form = "pictures"


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What only this task can be told."""

    label_smoothing: Annotated[float, Meta(ge=0, lt=1, description="share of the target spread over all classes")] = 0.0
    shift: Annotated[float, Meta(ge=0, lt=1, description="augmentation: largest shift, as a share of the side")] = 0.1
    rotate: Annotated[float, Meta(ge=0, le=180, description="augmentation: largest turn, degrees")] = 10.0
    scale: Annotated[float, Meta(ge=0, lt=1, description="augmentation: largest growth or shrinking, as a share")] = 0.1


class Spec(msgspec.Struct, frozen=True):
    """What the data fixes."""

    classes: tuple[str, ...]
    height: int
    width: int
    channels: int
    mean: tuple[float, ...]  # of each channel, on the scale 0 to 1
    std: tuple[float, ...]
    frequencies: tuple[float, ...]  # of the classes; they sum to 1


def choices(data: Dataset) -> Mapping[str, Choice]:
    """Where this task starts from."""
    return chosen_for(data) | {
        "model": Choice("cnn", "default", "convolutions share what they learn over the picture"),
        "budget": Choice("60epochs", "default", "small pictures; the validation score is flat from there"),
        "lr": Choice(3e-3, "default", "the largest that is stable for this network with AdamW"),
    }


prepare = keep


def describe(data: Dataset, config: Config[Options]) -> Spec:
    """Classes, size, and the mean and spread of the pixels of the train split."""
    train = data.splits["train"]
    pictures = np.asarray(train.inputs)  # (N, H, W, C)
    mean, std = mean_and_spread(pictures)
    counts = np.bincount(train.truths, minlength=len(data.classes))
    return Spec(
        classes=data.classes,
        height=pictures.shape[1],
        width=pictures.shape[2],
        channels=pictures.shape[3],
        mean=mean,
        std=std,
        frequencies=tuple((counts / counts.sum()).tolist()),
    )


def network(spec: Spec, config: Config[Options]) -> nn.Module:
    """A small CNN or MLP, unless the user brings a network: Spec -> module, (B, C, H, W) -> logits (B, K)."""
    ours: dict[str, Callable[[], nn.Module]] = {
        "cnn": partial(CNN, len(spec.classes), spec.channels),
        "mlp": partial(MLP, spec.channels * spec.height * spec.width, len(spec.classes)),
    }
    return networks.pick(config.model.model, ours, spec)


def stream(split: Split, network: nn.Module, spec: Spec, config: Config[Options], share: Share) -> Stream:
    """Shuffled batches, each picture shifted, turned and stretched by its own draw."""
    options = config.options
    moved = partial(augment.affine, shift=options.shift, rotate=options.rotate, scale=options.scale)
    order = Shuffled(len(split), config.train.batch_size, config.seed, share)
    normalize = Normalize(spec.mean, spec.std)
    return PictureStream(np.asarray(split.inputs), np.asarray(split.truths), order, normalize, moved)


def loss(network: nn.Module, batch: LabelledPictures, spec: Spec, config: Config[Options]) -> Loss:
    """Cross-entropy in nats."""
    logits = network(batch.x)
    expect_shape("logits", logits, (len(batch.y), len(spec.classes)))
    return Loss(F.cross_entropy(logits, batch.y, label_smoothing=config.options.label_smoothing))


after_step = nothing


def start_loss(spec: Spec) -> float:
    """What an untrained network gives: ln K nats."""
    return math.log(len(spec.classes))


class Classifier(nn.Module):
    """Raw pictures to probabilities: what is exported."""

    def __init__(self, network: nn.Module, spec: Spec) -> None:
        super().__init__()
        self.resize = Resize(spec.height, spec.width)
        self.normalize = Normalize(spec.mean, spec.std)
        self.network = network

    def forward(self, picture: Tensor) -> Tensor:
        """(B, H, W, C) uint8 of any size -> probabilities (B, K)."""
        x = picture.permute(0, 3, 1, 2).float()
        return self.network(self.normalize(self.resize(x))).softmax(dim=1)


def graphs(network: nn.Module, spec: Spec) -> Mapping[str, Graph]:
    """One graph, from pixels to probabilities."""
    picture = Signature(("batch", "height", "width", spec.channels), "uint8")
    return {"classify": Graph(Classifier(network, spec), {"picture": picture}, ("probabilities",))}


def pipeline(spec: Spec) -> Pipeline:
    """Open, run, name."""
    mode: Literal["L", "RGB"] = "L" if spec.channels == 1 else "RGB"
    return Pipeline(
        (OpenPicture(mode, (spec.height, spec.width)), RunGraph("classify", "picture"), NameClass(spec.classes))
    )


def samples(data: Dataset, spec: Spec) -> Sequence[np.ndarray]:
    """Four test pictures, and one enlarged threefold: resizing is part of the proof."""
    pictures = [np.asarray(picture) for picture in data.splits["test"].inputs[:4]]
    return [*pictures, pictures[0].repeat(3, axis=0).repeat(3, axis=1)]


answers = through_pipeline


def score(answers: Sequence[Classification], truths: Sequence[int], spec: Spec) -> Scores:
    """Accuracy; beside it the confusion matrix (rows are truths)."""
    given = np.array([spec.classes.index(answer.label) for answer in answers])
    truth = np.asarray(truths)
    accuracy, draws = share(given == truth)
    confusion = np.zeros((len(spec.classes), len(spec.classes)), dtype=int)
    np.add.at(confusion, (truth, given), 1)
    return Scores(
        primary=accuracy,
        draws=tuple(draws.tolist()),
        details={"confusion": confusion.tolist(), "classes": spec.classes},
    )


def baselines(data: Dataset, spec: Spec, split: Split) -> Mapping[str, Sequence[Classification]]:
    """The most frequent class, the nearest neighbour in pixels, and an SVM."""
    train = data.splits["train"]
    guesses = simple_learners(np.asarray(train.inputs), np.asarray(train.truths), np.asarray(split.inputs))
    return {name: [_certain(int(label), spec) for label in labels] for name, labels in guesses.items()}


def _certain(label: int, spec: Spec) -> Classification:
    return Classification(spec.classes[label], 1.0, tuple(float(i == label) for i in range(len(spec.classes))))


def draw(example: np.ndarray, answer: Classification, truth: int, spec: Spec) -> Drawing:
    """The picture with its answer, and the truth where they differ."""
    right = answer.label == spec.classes[truth]
    caption = str(answer) if right else f"{answer}, is {spec.classes[truth]}"
    return Drawing(picture_svg(example), caption, right)
