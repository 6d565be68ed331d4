"""Classify, where a picture can have several labels or none: a sigmoid each, thresholds chosen on validation."""

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from penjing.data.dataset import Dataset, Split
from penjing.evaluation.baselines import nearest_neighbour
from penjing.evaluation.drawing import Drawing, picture_svg
from penjing.evaluation.intervals import Groups
from penjing.evaluation.multi_label import fitted_thresholds, multi_label
from penjing.evaluation.scores import Scores
from penjing.findings import stop
from penjing.runtime.steps.name_labels import Labels, NameLabels
from penjing.tasks.class_spec import Options, Spec
from penjing.tasks.picture_graph import PictureGraph
from penjing.tasks.pictures import Normalize


def refuse_balance(options: Options) -> None:
    """Stop where classes are to be balanced: a picture with several labels cannot be drawn or weighed for one of them.

    Weights of the positives alone, as in torch's `pos_weight`, are not offered: they move the probability from which on
    a label should be answered, and that is chosen on validation as it is.

    Raises:
        PenjingError: `bad-setting`.
    """
    if options.balance in ("weights", "sampling"):
        raise stop(
            "bad-setting",
            f"`balance` cannot be {options.balance!r}: these pictures have several labels each",
            where=f"balance={options.balance}",
            why="drawing a picture more often, or weighing it more, for one label does so for its other labels too.",
            try_="balance=none; each label has a threshold of its own, chosen on the validation split",
        )


def losses(logits: Tensor, y: Tensor, spec: Spec, options: Options) -> Tensor:
    """Binary cross-entropy of each picture in nats a label, (B,), from logits (B, K) and labels (B, K) bool."""
    targets = y.float() * (1 - options.label_smoothing) + options.label_smoothing / 2
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)


def start_loss(spec: Spec) -> float:
    """What an untrained network gives: ln 2 nats a label, whatever the labels are."""
    return math.log(2)


def graph(network: nn.Module, spec: Spec) -> PictureGraph:
    """Raw pictures to probabilities (B, K), of each label by itself."""
    normalize = Normalize(spec.mean, spec.std)
    return PictureGraph(network, (spec.height, spec.width), normalize, nn.Sigmoid(), spec.test_time)


def step(spec: Spec) -> NameLabels:
    """Name the labels that reach their thresholds."""
    return NameLabels(spec.classes, spec.thresholds)


def calibrate(answers: Sequence[Labels], truths: Sequence[np.ndarray], spec: Spec) -> Spec:
    """A threshold for each label, where its F1 on the validation split is highest."""
    return msgspec.structs.replace(spec, thresholds=fitted_thresholds(_probabilities(answers), np.asarray(truths)))


def score(answers: Sequence[Labels], truths: Sequence[np.ndarray], spec: Spec, groups: Groups = None) -> Scores:
    """Mean average precision, micro-F1 and exact sets; each label by itself among the details."""
    given = np.array([[name in answer.labels for name in spec.classes] for answer in answers])
    return multi_label(_probabilities(answers), given, np.asarray(truths), spec.classes, spec.thresholds, groups)


def baselines(data: Dataset, spec: Spec, split: Split) -> Mapping[str, Sequence[Labels]]:
    """Always the most frequent set, each label by its share, and the nearest neighbour in pixels."""
    train = data.splits["train"]
    truths = np.asarray(train.truths)
    sets, counts = np.unique(truths, axis=0, return_counts=True)
    nearest = nearest_neighbour(np.asarray(train.inputs), truths, np.asarray(split.inputs))
    usual = Labels(_names(np.greater_equal(spec.frequencies, spec.thresholds), spec), spec.frequencies)
    return {
        "most frequent set": [_certain(sets[counts.argmax()], spec)] * len(split),
        "each label's share": [usual] * len(split),
        **{name: [_certain(row, spec) for row in rows] for name, rows in nearest.items()},
    }


def _certain(holds: np.ndarray, spec: Spec) -> Labels:
    return Labels(_names(holds, spec), tuple(map(float, holds)))


def _names(holds: np.ndarray, spec: Spec) -> tuple[str, ...]:
    return tuple(spec.classes[k] for k in np.flatnonzero(holds))


def _probabilities(answers: Sequence[Labels]) -> np.ndarray:
    return np.array([answer.probabilities for answer in answers])


def draw(example: np.ndarray, answer: Labels, truth: np.ndarray, spec: Spec) -> Drawing:
    """The picture with its labels, and the truth where they differ."""
    right = answer.labels == _names(truth, spec)
    caption = str(answer) if right else f"{answer}; is: {', '.join(_names(truth, spec)) or 'none of them'}"
    return Drawing(picture_svg(example), caption, right)
