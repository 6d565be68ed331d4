"""Detect: which objects are in a picture, and where.

    picture (H, W, C) uint8 -> resize -> normalize -> network -> maps (K + 4, h, w) -> peaks -> boxes, classes, scores

Scenes are composed from labelled pictures of single objects; the training never sees one twice.
The functions stand in the order in which a training meets them; `tasks/task.py` says what each must keep.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta
from torch import Tensor, nn

from penjing.config import Choice, Config
from penjing.data import scenes
from penjing.data.batches import Share
from penjing.data.dataset import Dataset, Form, Split, Truth
from penjing.data.statistics import mean_and_spread
from penjing.evaluation.average_precision import average_precision
from penjing.evaluation.boxes import judge
from penjing.evaluation.drawing import Drawing, picture_svg
from penjing.evaluation.intervals import Groups
from penjing.evaluation.scores import Scores
from penjing.evaluation.template_match import template_match
from penjing.models import center_net
from penjing.models.resize import Resize
from penjing.runtime.pipeline import Pipeline
from penjing.runtime.steps.keep_boxes import Detections, KeepBoxes
from penjing.runtime.steps.run_graph import RunGraph
from penjing.tasks import networks
from penjing.tasks.picture_graph import picture_input, picture_opener
from penjing.tasks.pictures import Normalize
from penjing.tasks.scenes import Batch, MovedScenes
from penjing.tasks.task import Graph, Loss, Stream, expect_shape, nothing, through_pipeline, uncalibrated

form: Form = "pictures"
truths: tuple[Truth, ...] = ("class",)
ANSWERS = 30  # peaks a picture that the graph gives; most are near zero
THRESHOLD = 0.2  # score from which a box is answered


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What only this task can be told."""

    side: Annotated[int, Meta(ge=16, multiple_of=8, description="height and width of a scene, pixels")] = 48
    most: Annotated[int, Meta(ge=1, le=50, description="objects in a scene, at most")] = 6
    shift: Annotated[float, Meta(ge=0, lt=1, description="augmentation: largest shift, as a share of the side")] = 0.05
    scale: Annotated[float, Meta(ge=0, lt=1, description="augmentation: largest growth or shrinking, as a share")] = (
        0.05
    )
    box_weight: Annotated[float, Meta(gt=0, description="of the boxes' loss beside the heat maps'")] = 1.0


class Spec(msgspec.Struct, frozen=True):
    """What the data fixes."""

    classes: tuple[str, ...]
    side: int
    channels: int
    mean: tuple[float, ...]  # of each channel, on the scale 0 to 1
    std: tuple[float, ...]


def choices(data: Dataset) -> Mapping[str, Choice]:
    """Where this task starts from."""
    return {
        "model": Choice("center_net", "default", "peaks of a map need no anchors and no suppression"),
        "budget": Choice("800steps", "default", "what fits into a minute; the validation score still rises slowly"),
        "batch_size": Choice(32, "default", "about a hundred objects a step"),
        "lr": Choice(8e-3, "default", "half of it learns less in this budget, by the validation score"),
        "ema": Choice(0.995, "default", "averaged weights score higher long before the rate has fallen"),
        "evaluations": Choice(5, "default", "scoring boxes takes a second"),
    }


def prepare(data: Dataset, config: Config[Options]) -> Dataset:
    """Fixed scenes for each split, of that split's pictures."""
    return scenes.fixed_scenes(data, config.data.split_seed, side=config.options.side, most=config.options.most)


def describe(data: Dataset, config: Config[Options]) -> Spec:
    """Classes, size, and the mean and spread of the pixels of the fixed train scenes."""
    pictures = np.asarray(data.splits["train"].inputs)  # (N, H, W, C)
    mean, std = mean_and_spread(pictures)
    return Spec(
        classes=data.classes,
        side=config.options.side,
        channels=pictures.shape[3],
        mean=mean,
        std=std,
    )


def network(spec: Spec, config: Config[Options]) -> nn.Module:
    """CenterNet, unless the user brings a network: (B, C, H, W) -> maps (B, K + 4, H / 4, W / 4), as CenterNet's."""
    ours = {"center_net": partial(center_net.CenterNet, len(spec.classes), spec.channels)}
    return networks.pick(config.model, ours, spec)


def stream(split: Split, network: nn.Module, spec: Spec, config: Config[Options], share: Share) -> Stream:
    """Scenes of the objects that the split's own scenes were composed of."""
    options = config.options
    composed = scenes.Composed(
        scenes.objects_of(split), config.train.batch_size, config.seed, spec.side, options.most, share
    )
    return MovedScenes(composed, Normalize(spec.mean, spec.std), options.shift, options.scale)


def loss(network: nn.Module, batch: Batch, spec: Spec, config: Config[Options]) -> Loss:
    """Focal loss of the heat maps and generalized IoU of the boxes, a mean over objects."""
    maps = network(batch.x)
    classes, size = len(spec.classes), spec.side // center_net.STRIDE
    expect_shape("maps", maps, (len(batch.x), classes + 4, size, size))
    targets = center_net.targets_of(batch.boxes_xyxy, batch.labels, classes, size, size)
    objects = (batch.labels >= 0).sum().clamp(min=1)
    heat = center_net.heat_loss(maps[:, :classes], targets.heat) / objects
    boxes = center_net.box_loss(maps[:, classes:], batch.boxes_xyxy, targets.weight) / objects
    return Loss(heat + config.options.box_weight * boxes, {"heat": heat.detach(), "boxes": boxes.detach()})


after_step = nothing


def start_loss(spec: Spec) -> None:
    """Nothing: it depends on how many objects there are and how large."""


class Detector(nn.Module):
    """Raw pictures to boxes: what is exported."""

    def __init__(self, network: nn.Module, spec: Spec) -> None:
        super().__init__()
        self.before = nn.Sequential(Resize(spec.side, spec.side), Normalize(spec.mean, spec.std))
        self.network = network

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, H, W, C) uint8 of any size -> boxes_xyxy (B, M, 4) in its pixels, labels (B, M), scores (B, M)."""
        maps = self.network(self.before(picture.permute(0, 3, 1, 2).float()))
        return center_net.decode(maps, ANSWERS, *picture.shape[1:3])


def graphs(network: nn.Module, spec: Spec) -> Mapping[str, Graph]:
    """One graph, from pixels to boxes."""
    inputs = {"picture": picture_input(spec.channels)}
    return {"detect": Graph(Detector(network, spec), inputs, ("boxes_xyxy", "labels", "scores"))}


def pipeline(spec: Spec) -> Pipeline:
    """Open, run, keep what is sure enough."""
    opener = picture_opener(spec.channels)
    return Pipeline((opener, RunGraph("detect", "picture"), KeepBoxes(spec.classes, THRESHOLD)))


def samples(data: Dataset, spec: Spec) -> Sequence[np.ndarray]:
    """Four test scenes, and one twice as wide as high: resizing is part of the proof."""
    pictures = [np.asarray(picture) for picture in data.splits["test"].inputs[:4]]
    return [*pictures, pictures[0].repeat(2, axis=1)]


answers = through_pipeline
calibrate = uncalibrated


def score(answers: Sequence[Detections], truths: Sequence[scenes.Truth], spec: Spec, groups: Groups = None) -> Scores:
    """AP50 over pictures; AP50:95 beside it."""
    return average_precision(answers, truths, spec.classes, groups)


def baselines(data: Dataset, spec: Spec, split: Split) -> Mapping[str, Sequence[Any]]:
    """Nothing found, and the mean digit of each class slid over the scene."""
    sizes = np.rint(spec.side * np.linspace(*scenes.SIZES, 5)).astype(int).tolist()
    matched = template_match(split.inputs, scenes.objects_of(data.splits["train"]), spec.classes, sizes=sizes)
    return {"nothing found": [Detections((), (), ())] * len(split), "template match": matched}


def draw(example: np.ndarray, answer: Detections, truth: scenes.Truth, spec: Spec) -> Drawing:
    """The picture with its boxes: right ones, wrong ones, and those that were missed."""
    boxes = judge(answer, truth, spec.classes)
    right = sum(box.good for box in boxes)
    caption = f"{right} of {len(truth.labels)} found, {len(answer.labels) - right} wrong"
    return Drawing(picture_svg(example, boxes, width=160), caption, right == len(boxes))
