"""What templates write: settings, names."""

from typing import Any

import pytest

from penjing.reports.templates import MOST_NAME, setting_text, short_name, typeset, with_whole_options


@pytest.mark.parametrize(
    ("value", "text"),
    [("", "none"), (None, "none"), ([], "none"), ([0.5, 0.75], "0.5,0.75"), (0, "0"), (False, "False")],
)
def test_an_empty_setting_is_said_to_be_none(value: Any, text: str) -> None:
    assert setting_text(value) == text


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("flowers/rose/a.jpg", "a.jpg"),
        ("sklearn:digits #1553", "sklearn:digits #1553"),
        ("scans/" + "left-" * 20 + "eye.png #7", "left-left-left-\N{HORIZONTAL ELLIPSIS}-left-eye.png #7"),
    ],
)
def test_a_name_keeps_both_ends(name: str, short: str) -> None:
    assert short_name(name) == short
    assert len(short_name(name)) <= MOST_NAME


def test_figures_have_a_minus_and_words_keep_their_hyphens() -> None:
    minus = "\N{MINUS SIGN}"
    assert typeset("k-means, top-5: -0.2 [-0.3, +0.1]") == f"k-means, top-5: {minus}0.2 [{minus}0.3, +0.1]"


def test_options_are_whole_and_what_a_name_holds_is_no_markup() -> None:
    text = with_whole_options("penjing check <b> --skip-broken, lr=-1 -- a--b")
    assert text == 'penjing check &lt;b&gt; <span class="whole">--skip-broken</span>, lr=-1 -- a--b'
