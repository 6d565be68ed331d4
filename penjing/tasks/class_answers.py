"""What differs between classifying into one class a picture and into several labels, and which of them it is."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from torch import Tensor, nn

from penjing.data.dataset import Dataset, Split
from penjing.evaluation.drawing import Drawing
from penjing.evaluation.intervals import Groups
from penjing.evaluation.scores import Scores
from penjing.runtime.steps.name_class import NameClass
from penjing.runtime.steps.name_labels import NameLabels
from penjing.tasks import one_class, several_labels
from penjing.tasks.balance import Balance, settled
from penjing.tasks.class_spec import Options, Spec


class Answers(Protocol):
    """What differs between one class a picture and several labels."""

    def losses(self, logits: Tensor, y: Tensor, spec: Spec, options: Options) -> Tensor:
        """Of each picture, (B,), from logits (B, K) and truths (B,) or (B, K)."""
        ...

    def start_loss(self, spec: Spec) -> float:
        """What an untrained network gives."""
        ...

    def graph(self, network: nn.Module, spec: Spec) -> nn.Module:
        """Raw pictures to probabilities (B, K)."""
        ...

    def step(self, spec: Spec) -> NameClass | NameLabels:
        """Probabilities to an answer."""
        ...

    def calibrate(self, answers: Sequence[Any], truths: Sequence[Any], spec: Spec) -> Spec:
        """What is chosen on validation."""
        ...

    def score(self, answers: Sequence[Any], truths: Sequence[Any], spec: Spec, groups: Groups) -> Scores:
        """The primary score first."""
        ...

    def baselines(self, data: Dataset, spec: Spec, split: Split) -> Mapping[str, Sequence[Any]]:
        """What one gets without our network."""
        ...

    def draw(self, example: np.ndarray, answer: Any, truth: Any, spec: Spec) -> Drawing:
        """What a report shows."""
        ...


def answers_of(spec: Spec) -> Answers:
    """One class a picture, or several labels: what the data says."""
    return several_labels if spec.several else one_class


def balance_of(spec: Spec, options: Options) -> Balance:
    """What is done about uneven classes; nothing where a picture has several: see `several_labels.refuse_balance`."""
    return "none" if spec.several else settled(options.balance, spec.frequencies)
