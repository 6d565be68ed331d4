"""Telling: of several trainings, each has told what is new with it, and what is at its default again."""

from pathlib import Path
from typing import Any

import pytest

from penjing.config import Config
from penjing.settling import asked
from penjing.training import job as jobs
from penjing.verbs.training_text import Telling


def config_of(**typed: Any) -> Config[Any]:
    return jobs.plan("sklearn:digits", asked(typed)).config


def test_a_setting_is_told_where_it_is_not_what_it_was_before(capsys: pytest.CaptureFixture[str]) -> None:
    telling, told = Telling(aside=["color"]), list[dict[str, str]]()
    for config in (config_of(batch_size=32), config_of(batch_size=32), config_of(lr=0.5)):
        telling.settings(config)
        rows = [line.split() for line in capsys.readouterr().err.splitlines()]
        told.append({name: value for name, value, *_ in rows if name not in ("task", "setting")})
    assert told[0].items() >= {"batch_size": "32", "lr": "0.003", "size": "8x8"}.items()
    assert "color" not in told[0]
    assert told[1:] == [{}, {"lr": "0.5", "batch_size": "64"}]


def test_the_path_of_weights_is_told_whole_and_once(
    digits_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a table it would be broken where the terminal is narrow."""
    monkeypatch.setenv("COLUMNS", "60")
    config = config_of(weights=str(digits_run))
    telling = Telling()
    telling.weights(config, [])
    telling.settings(config)
    assert capsys.readouterr().err.count(str(digits_run)) == 1
