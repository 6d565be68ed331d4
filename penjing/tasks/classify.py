"""Classify: one class a picture, or several labels.

    picture (H, W, C) uint8 -> resize -> normalize -> network -> logits (K,) -> softmax or sigmoid -> probabilities (K,)

What differs between the two stands in `one_class.py` and `several_labels.py`; which of them it is, the data says. The
functions stand in the order in which a training meets them; `tasks/task.py` says what each must keep.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import nn

from penjing.config import Choice, Config
from penjing.data.augmentation.augment import Augment
from penjing.data.batches import Share
from penjing.data.dataset import Dataset, Form, Split, Truth
from penjing.data.statistics import mean_and_spread
from penjing.evaluation.drawing import Drawing
from penjing.evaluation.intervals import Groups
from penjing.evaluation.scores import Scores
from penjing.runtime.pipeline import Pipeline
from penjing.runtime.steps.run_graph import RunGraph
from penjing.tasks.balance import balance_for, order_of, picture_weights
from penjing.tasks.class_answers import answers_of, balance_of
from penjing.tasks.class_spec import Options as Options
from penjing.tasks.class_spec import Spec as Spec
from penjing.tasks.one_class import Classifier as Classifier
from penjing.tasks.picture_choices import augmentation_for, recipe_for
from penjing.tasks.picture_graph import picture_input, picture_opener, picture_samples
from penjing.tasks.picture_networks import patches_for, picture_network
from penjing.tasks.pictures import LabelledPictures, MixedPictures, PictureStream, WeightedPictures
from penjing.tasks.several_labels import refuse_balance
from penjing.tasks.task import Graph, Loss, Stream, expect_shape, keep, nothing, through_pipeline

form: Form = "pictures"
truths: tuple[Truth, ...] = ("class", "labels")


def choices(data: Dataset) -> Mapping[str, Choice]:
    """Where this task starts from."""
    train = data.splits["train"]
    even = balance_for(np.asarray(train.truths), data.classes) if data.truth == "class" else {}
    return recipe_for(data) | augmentation_for(data) | even


prepare = keep


def describe(data: Dataset, config: Config[Options]) -> Spec:
    """Classes, size, and the mean and spread of the pixels of the train split."""
    several = data.truth == "labels"
    if several:
        refuse_balance(config.options)
    train = data.splits["train"]
    pictures, truths = np.asarray(train.inputs), np.asarray(train.truths)  # (N, H, W, C) and (N,) or (N, K)
    mean, std = mean_and_spread(pictures)
    counts = truths.sum(axis=0) if several else np.bincount(truths, minlength=len(data.classes))
    return Spec(
        classes=data.classes,
        height=pictures.shape[1],
        width=pictures.shape[2],
        channels=pictures.shape[3],
        mean=mean,
        std=std,
        frequencies=tuple((counts / len(truths)).tolist()),
        several=several,
        thresholds=(0.5,) * len(data.classes) if several else (),
        test_time=config.options.test_time,
        patches=patches_for(config.model, pictures, mean, std),
    )


def network(spec: Spec, config: Config[Options]) -> nn.Module:
    """By name, ours, a library's or the user's: Spec -> module, (B, C, H, W) -> logits (B, K)."""
    return picture_network(config.model, len(spec.classes), spec)


def stream(split: Split, network: nn.Module, spec: Spec, config: Config[Options], share: Share) -> Stream:
    """Shuffled batches, each picture augmented by its own draw; uneven classes are balanced."""
    options = config.options
    truths, balance = np.asarray(split.truths), balance_of(spec, options)
    order = order_of(truths, balance, config.train.batch_size, config.seed, share)
    augment = Augment(options, spec.mean, spec.std)
    weights = picture_weights(truths, balance, spec.frequencies)
    return PictureStream(np.asarray(split.inputs), truths, order, augment, weights)


def loss(
    network: nn.Module,
    batch: LabelledPictures | WeightedPictures | MixedPictures,
    spec: Spec,
    config: Config[Options],
) -> Loss:
    """Cross-entropy in nats."""
    logits = network(batch.x)
    expect_shape("logits", logits, (len(batch.y), len(spec.classes)))
    return Loss(batch.mean(lambda y: answers_of(spec).losses(logits, y, spec, config.options)))


after_step = nothing


def start_loss(spec: Spec) -> float:
    """What an untrained network gives: ln K nats, or ln 2 a label."""
    return answers_of(spec).start_loss(spec)


def graphs(network: nn.Module, spec: Spec) -> Mapping[str, Graph]:
    """One graph, from pixels to probabilities."""
    inputs = {"picture": picture_input(spec.channels)}
    return {"classify": Graph(answers_of(spec).graph(network, spec), inputs, ("probabilities",))}


def pipeline(spec: Spec) -> Pipeline:
    """Open, run, name."""
    opener = picture_opener(spec.channels, (spec.height, spec.width))
    return Pipeline((opener, RunGraph("classify", "picture"), answers_of(spec).step(spec)))


samples = picture_samples
answers = through_pipeline


def calibrate(answers: Sequence[Any], truths: Sequence[Any], spec: Spec) -> Spec:
    """Thresholds of several labels; nothing where each picture has one class."""
    return answers_of(spec).calibrate(answers, truths, spec)


def score(answers: Sequence[Any], truths: Sequence[Any], spec: Spec, groups: Groups = None) -> Scores:
    """Accuracy, or mean average precision where there are several labels."""
    return answers_of(spec).score(answers, truths, spec, groups)


def baselines(data: Dataset, spec: Spec, split: Split) -> Mapping[str, Sequence[Any]]:
    """The usual answer, the nearest neighbour in pixels, and an SVM where each picture has one class."""
    return answers_of(spec).baselines(data, spec, split)


def draw(example: np.ndarray, answer: Any, truth: Any, spec: Spec) -> Drawing:
    """The picture with its answer, and the truth where they differ."""
    return answers_of(spec).draw(example, answer, truth, spec)
