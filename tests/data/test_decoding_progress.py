"""The bar of decoding: silent for a second, lines where no terminal is, nothing on standard output."""

import pytest

from penjing.data.decoding_progress import DecodingProgress


def test_nothing_is_said_where_it_is_over_in_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    with DecodingProgress(10, 0) as bar:
        for _ in range(10):
            bar.advance(1)
    assert capsys.readouterr() == ("", "")


def test_later_it_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))  # a second at each look
    monkeypatch.setattr("penjing.data.decoding_progress.time.monotonic", lambda: float(next(clock)))
    with DecodingProgress(100, 40) as bar:
        for _ in range(30):
            bar.advance(2)
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert lines[0] == "decoding  42%  42 of 100 pictures, this first time"
    assert lines[-1] == "decoding 100%  100 of 100 pictures, this first time"
    assert 3 <= len(lines) <= 5
