"""What is explained is what answers."""

import numpy as np
import pytest
import torch
from torch import nn

from penjing.explanation.classifiers import classifier_of, explained, logits_of, resized
from penjing.findings import PenjingError
from penjing.models.cnn import CNN
from penjing.tasks.classify import Classifier, Spec
from penjing.tasks.task import Graph

SPEC = Spec(("a", "b", "c"), 6, 5, 3, (0.2, 0.3, 0.4), (0.1, 0.2, 0.3), (0.5, 0.25, 0.25))


def test_logits_of_resized_pictures_are_those_of_the_answer() -> None:
    torch.manual_seed(0)
    classifier = Classifier(CNN(3, 3), SPEC).eval()
    pictures = np.random.default_rng(0).integers(0, 256, size=(4, 9, 11, 3), dtype=np.uint8)
    with torch.no_grad():
        answers = classifier(torch.from_numpy(pictures))
        ours = logits_of(classifier)(resized(classifier, list(pictures))).softmax(dim=1)
    assert torch.allclose(ours, answers, atol=1e-4)
    assert torch.equal(explained(classifier, list(pictures)).targets, answers.argmax(dim=1))


def test_pictures_of_several_sizes_are_explained_together() -> None:
    classifier = Classifier(CNN(3, 3), SPEC)
    pictures = [np.full((height, 7, 3), 100, dtype=np.uint8) for height in (6, 20, 3)]
    x = resized(classifier, pictures)
    assert x.shape == (3, 3, 6, 5)
    assert torch.all(x == 100)


def test_a_task_without_a_classifier_says_so() -> None:
    with pytest.raises(PenjingError, match="`act` has none") as caught:
        classifier_of({"policy": Graph(nn.Linear(4, 2), {}, ("logits",))}, "act")
    assert caught.value.finding.rule == "not-for-this-task"
