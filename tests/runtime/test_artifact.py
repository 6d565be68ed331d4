"""The artifact: sealed, provable, and the same answers by two engines."""

from pathlib import Path

import numpy as np
import pytest

import penjing
from penjing.findings import PenjingError
from penjing.runtime.seal import check_seal


def test_any_flipped_bit_is_found(digits_file: Path) -> None:
    content = bytearray(digits_file.read_bytes())
    rng = np.random.default_rng(0)
    for at, bit in zip(rng.integers(0, len(content), 300), rng.integers(0, 8, 300), strict=True):
        content[at] ^= 1 << bit
        with pytest.raises(PenjingError) as caught:
            check_seal(bytes(content), "flipped")
        assert caught.value.finding.rule == "PJ422"
        content[at] ^= 1 << bit
    check_seal(bytes(content), "whole again")


def test_two_engines_give_the_same_scores(digits_run: Path, digits_file: Path) -> None:
    by_torch, by_onnx = penjing.evaluate(digits_run), penjing.evaluate(digits_file)
    assert (by_torch.engine, by_onnx.engine) == ("torch", "onnxruntime")
    assert by_torch.scores.primary == by_onnx.scores.primary
    assert by_torch.data_fingerprint == by_onnx.data_fingerprint
