"""Windows: what part of their reading is padding."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from penjing.inspection.windows import Window


@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.integers(1, 2),
    st.integers(0, 2),
    st.integers(1, 2),
    st.tuples(st.integers(7, 12), st.integers(7, 12)),
)
def test_the_share_of_padding_is_that_of_taps_on_zeros(
    kernel: tuple[int, int], stride: int, padding: int, dilation: int, size: tuple[int, int]
) -> None:
    """The oracle is a convolution of ones with ones: it counts the taps that are not on padding."""
    inside = F.conv2d(torch.ones(1, 1, *size), torch.ones(1, 1, *kernel), None, stride, padding, dilation)
    window = Window(kernel, (stride, stride), (padding, padding), (dilation, dilation))
    share = 1 - inside.sum().item() / (inside.numel() * kernel[0] * kernel[1])
    assert window.padding_share(size, inside.shape[-2:]) == pytest.approx(share, abs=1e-6)
