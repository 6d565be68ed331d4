"""A task of one's own: how many digits are in a picture? docs/task.md walks through it.

penjing train sklearn:digits --task examples/my_task.py:Count

picture (H, W, C) uint8 -> resize -> normalize -> CNN -> value (1,), the count
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
import torch.nn.functional as F
from msgspec import Meta
from torch import Tensor, nn

from penjing.config import Choice, Config
from penjing.data import scenes
from penjing.data.batches import Share
from penjing.data.dataset import Dataset, Form, Split, Truth
from penjing.evaluation.drawing import Drawing, picture_svg
from penjing.evaluation.intervals import Groups
from penjing.evaluation.scores import Scores, bootstrapped, share
from penjing.models.cnn import CNN
from penjing.models.resize import Resize
from penjing.runtime.pipeline import Pipeline
from penjing.runtime.steps.open_picture import OpenPicture
from penjing.runtime.steps.read_value import ReadValue, Value
from penjing.runtime.steps.run_graph import RunGraph
from penjing.tasks import networks
from penjing.tasks.pictures import Normalize
from penjing.tasks.scenes import Batch, MovedScenes
from penjing.tasks.task import Graph, Loss, Signature, Stream, expect_shape, nothing, through_pipeline, uncalibrated


class Count:
    """All that differs from any other training."""

    form: Form = "pictures"
    truths: tuple[Truth, ...] = ("class",)
    side = 48  # pixels of a scene

    class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        """What only this task can be told: `penjing train ... most=4`."""

        most: Annotated[int, Meta(ge=1, le=9, description="digits in a scene, at most")] = 6

    class Spec(msgspec.Struct, frozen=True):
        """What the data fixes; it travels with the weights."""

        mean: tuple[float, ...]  # of the pixels, on the scale 0 to 1
        std: tuple[float, ...]
        usual: float  # the mean count

    def choices(self, data: Dataset) -> Mapping[str, Choice]:
        """Settings to start from; what is typed wins."""
        chosen = {"model": "cnn", "budget": "500steps", "batch_size": 32, "lr": 5e-3, "ema": 0.99}
        return {name: Choice(value, "default", "a first guess that served") for name, value in chosen.items()}

    def prepare(self, data: Dataset, config: Config[Options]) -> Dataset:
        """Fixed scenes for each split, composed of that split's digits."""
        return scenes.fixed_scenes(data, config.data.split_seed, side=self.side, most=config.options.most)

    def describe(self, data: Dataset, config: Config[Options]) -> Spec:
        """What is to be known of the train split."""
        pixels = np.asarray(data.splits["train"].inputs) / 255
        usual = np.mean([len(truth.labels) for truth in data.splits["train"].truths])
        return self.Spec((float(pixels.mean()),), (float(pixels.std()),), float(usual))

    def network(self, spec: Spec, config: Config[Options]) -> nn.Module:
        """(B, 1, H, W) -> (B, 1). A mean over places, times their number, is a count."""
        return networks.pick(config.model, {"cnn": lambda: CNN(1, widths=(8, 16, 32), dropout=0.0)}, spec)

    def stream(self, split: Split, network: nn.Module, spec: Spec, config: Config[Options], share: Share) -> Stream:
        """Scenes composed afresh for each step."""
        most, batch_size = config.options.most, config.train.batch_size
        composed = scenes.Composed(scenes.objects_of(split), batch_size, config.seed, self.side, most, share)
        return MovedScenes(composed, Normalize(spec.mean, spec.std), shift=0.0, scale=0.1)

    def loss(self, network: nn.Module, batch: Batch, spec: Spec, config: Config[Options]) -> Loss:
        """Squared error."""
        offsets = network(batch.x)
        expect_shape("counts", offsets, (len(batch.x), 1))
        return Loss(F.mse_loss(spec.usual + offsets[:, 0], (batch.labels >= 0).sum(dim=1).float()))

    after_step = staticmethod(nothing)

    def start_loss(self, spec: Spec) -> None:
        """Theory says nothing."""

    def graphs(self, network: nn.Module, spec: Spec) -> Mapping[str, Graph]:
        """One graph, from pixels to a count."""
        picture = Signature(("batch", "height", "width", 1), "uint8")
        return {"count": Graph(Counter(network, spec), {"picture": picture}, ("value",))}

    def pipeline(self, spec: Spec) -> Pipeline:
        """How a raw picture becomes an answer, with torch or without."""
        return Pipeline((OpenPicture("L"), RunGraph("count", "picture"), ReadValue("digits")))

    def samples(self, data: Dataset, spec: Spec) -> Sequence[np.ndarray]:
        """The proof that an exported file carries: two test scenes, one of them twice as wide."""
        return [data.splits["test"].inputs[0], data.splits["test"].inputs[1].repeat(2, axis=1)]

    answers = staticmethod(through_pipeline)
    calibrate = staticmethod(uncalibrated)

    def score(self, answers: Sequence[Value], truths: Sequence[scenes.Truth], spec: Spec, groups: Groups) -> Scores:
        """The mean absolute error; beside it the share of counts that are right when rounded."""
        off = np.array([abs(given.value - len(truth.labels)) for given, truth in zip(answers, truths, strict=True)])
        mae, draws = bootstrapped(
            "absolute error", len(off), lambda at: float(off[at].mean()), higher_is_better=False, groups=groups
        )
        return Scores(primary=mae, others=(share(off < 0.5, "exact", groups)[0],), draws=tuple(draws.tolist()))

    def baselines(self, data: Dataset, spec: Spec, split: Split) -> Mapping[str, Sequence[Any]]:
        """What one gets without a network: always the usual count."""
        return {"usual count": [Value(spec.usual, "digits")] * len(split)}

    def draw(self, example: np.ndarray, answer: Value, truth: scenes.Truth, spec: Spec) -> Drawing:
        """What a report shows."""
        there = len(truth.labels)
        return Drawing(picture_svg(example), f"{answer}, there are {there}", abs(answer.value - there) < 0.5)


class Counter(nn.Module):
    """Raw pictures to counts: what is exported. The network says by how much a count differs from the usual one."""

    def __init__(self, network: nn.Module, spec: Count.Spec) -> None:
        super().__init__()
        self.before = nn.Sequential(Resize(Count.side, Count.side), Normalize(spec.mean, spec.std))
        self.network, self.usual = network, spec.usual

    def forward(self, picture: Tensor) -> Tensor:
        """(B, H, W, 1) uint8 of any size -> value (B, 1)."""
        return self.usual + self.network(self.before(picture.permute(0, 3, 1, 2).float()))
