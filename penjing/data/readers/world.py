"""A world such as `cartpole`: nothing to read; its examples are the seeds of episodes, divided as any data is."""

import numpy as np

from penjing.config import Data
from penjing.data import worlds
from penjing.data.dataset import Dataset, Form, Split
from penjing.data.splits import stratified

form: Form = "world"
heeds = frozenset[str]()
EPISODES = 500  # of each world; at the default shares 350 to train from, 50 for validation, 100 for the test


def recognizes(source: str) -> bool:
    """The name of a world."""
    return source in worlds.WORLDS


def read(settings: Data) -> Dataset:
    """Seeds (N,) int64; an episode of the test split begins as none did that was played while training."""
    seeds = np.arange(EPISODES)
    divided = stratified(np.zeros(EPISODES, dtype=np.int64), seeds, settings)
    return Dataset(
        source=settings.source,
        form=form,
        truth="input",
        splits={
            split: Split(chosen, chosen, [f"{settings.source}, seed {seed}" for seed in chosen])
            for split, chosen in divided.items()
        },
        world=worlds.load(settings.source),
        notes=(f"{EPISODES} episodes, each begun from its own seed",),
    )
