"""Locating pictures: the one that a cell means, and never another of the same name."""

import pytest

from penjing.data.locate import Locator


@pytest.mark.parametrize(
    ("names", "cell", "base", "found"),
    [
        (["IMG/1.jpg"], "C:\\track\\IMG\\1.jpg", "", "IMG/1.jpg"),
        (["IMG/1.jpg"], "/home/me/IMG/1", "", "IMG/1.jpg"),
        (["1.jpg"], "/home/me/IMG/1.jpg", "", "1.jpg"),
        (["track/1.jpg"], "/home/me/IMG/1.jpg", "track", "track/1.jpg"),
        (["images/1.jpg"], "1.jpg", "annotations", "images/1.jpg"),
        (["dog/1.jpg"], "cat/1.jpg", "", None),
        (["train/3.png", "test/4.png"], "3.png", "test", None),
        (["a/1.jpg", "b/1.jpg"], "1.jpg", "", None),
        (["a/x/1.jpg", "b/x/1.jpg"], "old/b/x/1.jpg", "", "b/x/1.jpg"),
    ],
)
def test_a_cell_means_one_picture_or_none(names: list[str], cell: str, base: str, found: str | None) -> None:
    assert Locator(names).find(cell, base) == found
