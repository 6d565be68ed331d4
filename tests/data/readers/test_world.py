"""A world's splits hold seeds that no other split holds."""

import pytest

from penjing.config import Data
from penjing.data.readers import reader_of, world
from penjing.findings import PenjingError


def test_a_hundred_test_episodes_begin_as_no_other_does() -> None:
    data = world.read(Data("cartpole"))
    seeds = {name: set(split.inputs) for name, split in data.splits.items()}
    assert {name: len(of) for name, of in seeds.items()} == {"train": 350, "validation": 50, "test": 100}
    assert len(set.union(*seeds.values())) == 500


def test_the_division_follows_its_seed() -> None:
    first, again, other = (world.read(Data("cartpole", split_seed=seed)).fingerprint for seed in (0, 0, 1))
    assert first == again != other


def test_a_world_is_known_by_its_name() -> None:
    assert reader_of("cartpole").form == "world"
    with pytest.raises(PenjingError, match="did you mean `cartpole`"):
        reader_of("cartpol")
