"""Classify, where each picture has one class: softmax, cross-entropy, accuracy."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from penjing.data.dataset import Dataset, Split
from penjing.evaluation.baselines import simple_learners
from penjing.evaluation.drawing import Drawing, picture_svg
from penjing.evaluation.intervals import Groups
from penjing.evaluation.scores import Scores, balanced_accuracy, share
from penjing.runtime.steps.name_class import Classification, NameClass
from penjing.tasks.balance import UNEVEN
from penjing.tasks.class_spec import Options, Spec
from penjing.tasks.picture_graph import PictureGraph
from penjing.tasks.pictures import Normalize
from penjing.tasks.task import uncalibrated


def losses(logits: Tensor, y: Tensor, spec: Spec, options: Options) -> Tensor:
    """Cross-entropy of each picture in nats, (B,), from logits (B, K) and classes (B,) int64.

    Where classes are weighted, the batch holds the weight of each picture (`balance.picture_weights`), not this loss:
    torch's `cross_entropy` weighs the smoothed part class by class, and starts elsewhere than at ln K.
    """
    return F.cross_entropy(logits, y, label_smoothing=options.label_smoothing, reduction="none")


def start_loss(spec: Spec) -> float:
    """What an untrained network gives: ln K nats, whatever is smoothed, weighted or mixed."""
    return math.log(len(spec.classes))


class Classifier(PictureGraph):
    """Raw pictures to probabilities (B, K) that sum to 1."""

    def __init__(self, network: nn.Module, spec: Spec) -> None:
        normalize = Normalize(spec.mean, spec.std)
        super().__init__(network, (spec.height, spec.width), normalize, nn.Softmax(dim=1), spec.test_time)


graph = Classifier


def step(spec: Spec) -> NameClass:
    """Name the likeliest class."""
    return NameClass(spec.classes)


calibrate = uncalibrated


def score(answers: Sequence[Classification], truths: Sequence[int], spec: Spec, groups: Groups = None) -> Scores:
    """Accuracy, and balanced accuracy where classes are uneven; the confusion matrix (rows are truths)."""
    given = np.array([np.argmax(answer.probabilities) for answer in answers])
    truth = np.asarray(truths)
    accuracy, draws = share(given == truth, groups=groups)
    confusion = np.zeros((len(spec.classes), len(spec.classes)), dtype=int)
    np.add.at(confusion, (truth, given), 1)
    present = [frequency for frequency in spec.frequencies if frequency > 0]
    is_uneven = max(present) > UNEVEN * min(present)
    return Scores(
        primary=accuracy,
        others=(balanced_accuracy(given == truth, truth, groups),) if is_uneven else (),
        draws=tuple(draws.tolist()),
        details={"confusion": confusion.tolist(), "classes": spec.classes},
    )


def baselines(data: Dataset, spec: Spec, split: Split) -> Mapping[str, Sequence[Classification]]:
    """The most frequent class, the nearest neighbour in pixels, and an SVM."""
    train = data.splits["train"]
    guesses = simple_learners(np.asarray(train.inputs), np.asarray(train.truths), np.asarray(split.inputs))
    certain = [
        Classification(name, 1.0, tuple(one_hot.tolist()))
        for name, one_hot in zip(spec.classes, np.eye(len(spec.classes)), strict=True)
    ]
    return {name: [certain[label] for label in labels] for name, labels in guesses.items()}


def draw(example: np.ndarray, answer: Classification, truth: int, spec: Spec) -> Drawing:
    """The picture with its answer, and the truth where they differ."""
    right = answer.label == spec.classes[truth]
    caption = str(answer) if right else f"{answer}, is {spec.classes[truth]}"
    return Drawing(picture_svg(example), caption, right)
