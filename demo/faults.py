"""Three faults that people make, planted on purpose: wrong labels, a leak between splits, a softmax before the loss.

Each function gives a new object and leaves what it was given alone; which examples are hit is a function of the seed.
"""

from dataclasses import replace

import numpy as np

from penjing.data.dataset import Dataset, Split
from penjing.data.splits import content_hash
from penjing.findings import Finding
from penjing.randomness import generator


def mislabel(data: Dataset, share: float, seed: int = 0) -> tuple[Dataset, np.ndarray]:
    """Give a share of the training pictures the label of another class, drawn evenly.

    Returns:
        The faulty data, and the indices of the mislabelled pictures in its train split, sorted.
    """
    train, rng = data.splits["train"], generator(seed, "demo/mislabel")
    at = np.sort(rng.permutation(len(train))[: round(share * len(train))])
    classes = len(data.classes)
    truths = np.array(train.truths)
    truths[at] = (truths[at] + rng.integers(1, classes, len(at))) % classes  # never the class it was
    return with_train(data, replace(train, truths=truths)), at


def suspects_in(split: Split, finding: Finding) -> np.ndarray:
    """Indices of a split's examples that the finding PJ006 lists, sorted."""
    listed = {words.partition(" is labelled ")[0] for words in finding.evidence["suspects"]}
    return np.array([i for i in range(len(split)) if split.name(i) in listed])


def leak(data: Dataset, share: float, seed: int = 0) -> Dataset:
    """Copy a share of the test pictures, with their labels, to the end of the train split."""
    test, rng = data.splits["test"], generator(seed, "demo/leak")
    copied = take(test, np.sort(rng.permutation(len(test))[: round(share * len(test))]))
    train = data.splits["train"]
    both = Split(
        inputs=np.concatenate([train.inputs, copied.inputs]),
        truths=np.concatenate([train.truths, copied.truths]),
        names=[*train.names, *copied.names],
    )
    return with_train(data, both)


def without_leak(data: Dataset) -> Dataset:
    """The data without the training pictures that the test split holds too, byte for byte."""
    train, tested = data.splits["train"], {content_hash(picture) for picture in data.splits["test"].inputs}
    own = [i for i, picture in enumerate(train.inputs) if content_hash(picture) not in tested]
    return with_train(data, take(train, np.array(own)))


SOUND_LOSS = "loss = F.cross_entropy(network(x), y)"
FAULTY_LOSS = "loss = F.cross_entropy(network(x).softmax(dim=1), y)"


def softmax_before_loss(script: str) -> str:
    """The text of a training script whose loss is handed probabilities where it wants logits.

    Raises:
        ValueError: the script does not hold the line that is to be spoilt.
    """
    if SOUND_LOSS not in script:
        raise ValueError(f"no line `{SOUND_LOSS}` in the script")
    return script.replace(SOUND_LOSS, FAULTY_LOSS)


def take(split: Split, at: np.ndarray) -> Split:
    """The examples of a split at these indices, in their order."""
    return Split(np.asarray(split.inputs)[at], np.asarray(split.truths)[at], [split.name(i) for i in at])


def with_train(data: Dataset, train: Split) -> Dataset:
    """The same data with another train split."""
    return replace(data, splits=data.splits | {"train": train})
