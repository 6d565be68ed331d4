"""Sizes as people write them."""

import pytest

from penjing.data.sizes import parse_size
from penjing.findings import PenjingError


@pytest.mark.parametrize(
    ("text", "size"), [("auto", None), (96, (96, 96)), ("96", (96, 96)), ("80x160", (80, 160)), ("1x4096", (1, 4096))]
)
def test_a_side_or_height_and_width(text: int | str, size: tuple[int, int] | None) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "0", 0, "-3", "80x", "x80", "80x0", "1.5", "4097", "big", "80x160x3"])
def test_anything_else_is_refused(text: int | str) -> None:
    with pytest.raises(PenjingError) as caught:
        parse_size(text)
    assert caught.value.finding.rule == "bad-setting"
