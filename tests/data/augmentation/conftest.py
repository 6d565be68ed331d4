"""What tests of augmentation share: pictures, and torchvision's functions on tensors as the oracle."""

import importlib
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture(scope="session")
def torchvision(torchvision: ModuleType) -> ModuleType:
    """Of it, `transforms.v2.functional`."""
    return importlib.import_module("torchvision.transforms.v2.functional")


@pytest.fixture(scope="session")
def pictures() -> np.ndarray:
    """(16, 24, 32, 3) uint8, wider than high."""
    return np.random.default_rng(0).integers(0, 256, (16, 24, 32, 3), dtype=np.uint8)
