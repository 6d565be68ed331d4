"""Text: words are shown as they are, whatever signs they hold."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from penjing.verbs.outcome import Outcome
from penjing.verbs.text import error_console, show_outcome
from tests.conftest import Said

STRANGE = "o[/b] [red]file[/red] :smile:"


def test_brackets_and_colons_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    error_console().print(STRANGE)
    show_outcome(Outcome(result={}, show=lambda console: console.print(STRANGE)))
    assert capsys.readouterr() == (STRANGE + "\n", STRANGE + "\n")


def test_a_path_with_brackets_is_shown_whole(
    cli: Callable[..., Said], digits_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("o[").mkdir()
    shutil.copy(digits_file, "o[/b]")
    said = cli("verify", "o[/b]")
    assert said.code == 0
    assert said.out.startswith("o[/b]: seal whole")
