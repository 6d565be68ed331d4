"""What tests of augmentation share: pictures, and torchvision's functions on tensors as the oracle."""

import importlib
import importlib.util
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
import torch


@pytest.fixture(scope="session")
def torchvision() -> Iterator[ModuleType]:
    """`torchvision.transforms.v2.functional`, also where its compiled half does not load: it is not needed."""
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision, the oracle, is not installed: pip install --no-deps torchvision==0.28.0")
    operators = None
    try:
        functional = importlib.import_module("torchvision.transforms.v2.functional")
    except RuntimeError:  # built for CUDA beside a torch for CPUs: "operator torchvision::nms does not exist"
        operators = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        functional = importlib.import_module("torchvision.transforms.v2.functional")
    yield functional
    del operators  # they live as long as this


@pytest.fixture(scope="session")
def pictures() -> np.ndarray:
    """(16, 24, 32, 3) uint8, wider than high."""
    return np.random.default_rng(0).integers(0, 256, (16, 24, 32, 3), dtype=np.uint8)
