"""What each graph is fed while training examples go through the shipped pipeline: the ranges that int8 must cover."""

from collections.abc import Mapping

import numpy as np

from penjing.data.dataset import Split
from penjing.randomness import generator
from penjing.runtime.engine import Engine
from penjing.runtime.pipeline import Predictor
from penjing.tasks.task import Task

EXAMPLES = 256  # more change nothing: minmax, entropy and percentiles agreed within noise on this many
Feed = dict[str, np.ndarray]  # one call's inputs by name, batch axis first


class Recorder:
    """An engine that remembers the first calls of each graph, and lets another engine answer them."""

    name = "recorder"

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.feeds: dict[str, list[Feed]] = {}

    def run(self, graph: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """As the other engine."""
        feeds = self.feeds.setdefault(graph, [])
        if len(feeds) < EXAMPLES:  # a graph that is called at every step of an episode would fill the memory
            feeds.append(dict(inputs))
        return self.engine.run(graph, inputs)


def feeds_of(task: Task, predictor: Predictor, train: Split, seed: int) -> dict[str, list[Feed]]:
    """Feeds by graph, from at most EXAMPLES examples of the train split, drawn by the seed."""
    at = np.sort(generator(seed, "calibrate").permutation(len(train))[:EXAMPLES])
    recorder = Recorder(predictor.engine)
    task.answers(
        Predictor(predictor.pipeline, recorder),
        Split([train.inputs[i] for i in at], [train.truths[i] for i in at]),
    )
    return recorder.feeds
