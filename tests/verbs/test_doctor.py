"""doctor: what is there is said, and each trouble of a machine is found where it is planted."""

import importlib.metadata
import re
import shutil
import sys
import tomllib
from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from rich.console import Console

from penjing.runtime import machine
from penjing.training import allocator
from penjing.verbs import doctor as verb
from penjing.verbs.doctor import LIBRARIES, doctor
from tests.conftest import REPOSITORY


@pytest.fixture(autouse=True)
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without trouble: each test plants its own."""
    monkeypatch.setattr(machine, "load", lambda: machine.Load(cores=8, taken=0.0))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)


def test_a_sound_machine_is_no_finding() -> None:
    assert doctor().findings == ()


def test_versions_are_those_that_are_installed() -> None:
    assert {library.name: library.version for library in doctor().libraries} == {
        name: importlib.metadata.version(name) for name in LIBRARIES
    }


def test_every_library_that_we_ask_for_is_looked_for() -> None:
    """The oracle is pyproject.toml: what is needed, and what `train` adds."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["train"]]
    assert {re.split(r"[^\w-]", requirement)[0] for requirement in asked} == set(LIBRARIES)


def _no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    version = verb._version
    monkeypatch.setattr(verb, "_version", lambda name: None if name == "torch" else version(name))


def _broken_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)


def _full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(free=10**6))


def _few_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "load", lambda: machine.Load(cores=2, taken=0.0))


def _busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "load", lambda: machine.Load(cores=8, taken=0.9))


@pytest.mark.parametrize(
    ("plant", "rule", "severity"),
    [
        (_no_torch, "not-installed", "note"),
        (_broken_torch, "installed-but-broken", "error"),
        (_full_disk, "little-disk", "warning"),
        (_few_cores, "more-threads-than-cores", "warning"),
        (_busy, "machine-busy", "warning"),
    ],
)
def test_a_planted_trouble_is_the_one_finding(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], rule: str, severity: str
) -> None:
    plant(monkeypatch)
    assert [(found.rule, found.severity) for found in doctor().findings] == [(rule, severity)]


@pytest.mark.parametrize(("can_keep", "said"), [(True, "allocator=auto"), (False, "given back to the system")])
def test_what_becomes_of_freed_memory_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], can_keep: bool, said: str
) -> None:
    monkeypatch.setattr(allocator, "can_keep", lambda: can_keep)
    verb.show(doctor(), Console(width=120))
    assert said in capsys.readouterr().out
