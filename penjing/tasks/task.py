"""The contract of a task: all that differs between classifying, detecting, generating and acting.

A task is a module of functions, or an object with these methods, in the order in which a training meets them. Ours live
beside this file; yours is a path: `--task my_task.py` or `--task my_task.py:Count`. `penjing.check_task(task)` tells
what yours still lacks. What settings and data cannot change is said by four names: `Options`, `Spec`, `form`, `truths`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from torch import Tensor, nn

from penjing.config import Choice, Config
from penjing.data.batches import Share
from penjing.data.dataset import Dataset, Form, Split, Truth
from penjing.evaluation.drawing import Drawing
from penjing.evaluation.intervals import Groups
from penjing.evaluation.scores import Scores
from penjing.findings import stop
from penjing.runtime.pipeline import Pipeline, Predictor

Batch = Any  # a NamedTuple of tensors, the task's own: the loop moves it to the device, `loss` reads it


class Loss(NamedTuple):
    """The scalar that is minimized, and the parts of it that the log shows."""

    total: Tensor  # () float32, mean over the batch
    parts: Mapping[str, Tensor] = {}  # detached scalars


class Signature(NamedTuple):
    """Shape and dtype of a graph's input; a name such as "batch" or "height" in the shape is free to vary."""

    shape: tuple[int | str, ...]
    dtype: str


class Graph(NamedTuple):
    """What is exported, and what the torch engine runs: resizing, normalization and decoding are inside."""

    module: nn.Module
    inputs: Mapping[str, Signature]  # in the order of forward's arguments
    outputs: tuple[str, ...]  # names of what forward gives, a tensor or a tuple of them


class Stream(Protocol):
    """Batches by step number."""

    @property
    def steps_per_epoch(self) -> int:
        """What `epochs` in a budget count."""
        ...

    def at(self, step: int) -> Batch:
        """This process's batch of this step: a pure function of (data, seed, step), on the CPU.

        A stream that plays has a state as well, and is asked for steps in their order.
        """
        ...


class PlayingStream(Stream, Protocol):
    """A stream whose batches depend on what happened before: worlds, a rollout in hand, replay."""

    def state(self) -> dict[str, np.ndarray]:
        """All that `load_state` needs to go on exactly."""
        ...

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from there."""
        ...


class Task(Protocol):
    """What each task gives; see docs/task.md for a worked example."""

    Options: Any  # a frozen msgspec.Struct: settings that only this task has, each with a default
    Spec: Any  # a frozen msgspec.Struct: what the data fixes; JSON, travels with the weights and in the artifact
    form: Form  # of the data it learns from
    truths: tuple[Truth, ...]  # what may stand beside an input of that data

    def choices(self, data: Dataset) -> Mapping[str, Choice]:
        """Settings this task starts from, by name, each with its origin and why. What the user typed wins."""
        ...

    def prepare(self, data: Dataset, config: Config[Any]) -> Dataset:
        """The data as this task learns from it: `keep` where that is how it was read."""
        ...

    def describe(self, data: Dataset, config: Config[Any]) -> Any:
        """The Spec, from the train split of prepared data alone."""
        ...

    def network(self, spec: Any, config: Config[Any]) -> nn.Module:
        """The network, ours or the user's, with fresh weights."""
        ...

    def stream(self, split: Split, network: nn.Module, spec: Any, config: Config[Any], share: Share) -> Stream:
        """Batches of a split. A playing stream uses the network to play."""
        ...

    def loss(self, network: nn.Module, batch: Batch, spec: Any, config: Config[Any]) -> Loss:
        """The loss of one batch."""
        ...

    def after_step(self, network: nn.Module, step: int, config: Config[Any]) -> None:
        """What follows an optimizer's step, such as moving a target network; `nothing` where nothing does."""
        ...

    def start_loss(self, spec: Any) -> float | None:
        """What theory says the loss is before training, in the loss's unit; None where it says nothing."""
        ...

    def graphs(self, network: nn.Module, spec: Any) -> Mapping[str, Graph]:
        """What is exported, by name."""
        ...

    def pipeline(self, spec: Any) -> Pipeline:
        """How a raw input becomes an answer."""
        ...

    def samples(self, data: Dataset, spec: Any) -> Sequence[Any]:
        """A few raw inputs as a user gives them, not all of the network's own size: the proof of an artifact."""
        ...

    def answers(self, predictor: Predictor, split: Split) -> tuple[Sequence[Any], Sequence[Any]]:
        """Answers and truths of a split: `through_pipeline`, unless text is forced or episodes are played."""
        ...

    def calibrate(self, answers: Sequence[Any], truths: Sequence[Any], spec: Any) -> Any:
        """The Spec with what is chosen on answers of the validation split, such as thresholds; mostly `uncalibrated`.

        Asked once, after training. Where nothing is to be chosen it gives the very Spec that it was given; of a
        validation split that is too small to choose on, that is learned with a single example.
        """
        ...

    def score(self, answers: Sequence[Any], truths: Sequence[Any], spec: Any, groups: Groups) -> Scores:
        """The primary score first, with its interval: of groups, where examples belong together."""
        ...

    def baselines(self, data: Dataset, spec: Any, split: Split) -> Mapping[str, Sequence[Any]]:
        """Answers that one gets without our network, by name, for the same split."""
        ...

    def draw(self, example: Any, answer: Any, truth: Any, spec: Any) -> Drawing:
        """What a report shows of one example."""
        ...


def keep(data: Dataset, config: Config[Any]) -> Dataset:
    """`prepare` of a task that learns from the data as it was read."""
    return data


def nothing(network: nn.Module, step: int, config: Config[Any]) -> None:
    """`after_step` of a task where nothing follows."""


def through_pipeline(predictor: Predictor, split: Split) -> tuple[Sequence[Any], Sequence[Any]]:
    """`answers` of a task whose examples go through the pipeline one by one."""
    return predictor(list(split.inputs)), list(split.truths)


def uncalibrated(answers: Sequence[Any], truths: Sequence[Any], spec: Any) -> Any:
    """`calibrate` of a task that chooses nothing after training."""
    return spec


def expect_shape(name: str, tensor: Tensor, shape: tuple[int, ...]) -> None:
    """Stop where a network, perhaps the user's, does not give what the loss needs.

    Raises:
        PenjingError: `output-shape`.
    """
    if tensor.shape != shape:
        raise stop(
            "output-shape",
            f"the network's {name} have shape {tuple(tensor.shape)}, the task needs {shape}",
            where=f"forward of the network, {name}",
            why="a loss that broadcasts over shapes that do not fit trains towards something else, or not at all.",
            try_="let the last layer give one value for each entry of that shape; the first axis is the batch",
        )
