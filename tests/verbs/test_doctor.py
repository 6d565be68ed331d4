"""doctor: what is there is said, and each trouble of a machine is found where it is planted."""

import importlib.metadata
import os
import platform
import re
import shutil
import sys
import tomllib
from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch

from penjing.runtime import machine
from penjing.verbs import doctor as verb
from penjing.verbs.doctor import LIBRARIES, MALLOC, doctor
from tests.conftest import REPOSITORY


@pytest.fixture(autouse=True)
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without trouble: each test plants its own."""
    monkeypatch.setattr(machine, "load", lambda: machine.Load(cores=8, taken=0.0))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    for key, value in MALLOC.items():
        monkeypatch.setenv(key, value)


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


def _glibc_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.delitem(os.environ, "MALLOC_TOP_PAD_")


@pytest.mark.parametrize(
    ("plant", "rule", "severity"),
    [
        (_no_torch, "not-installed", "note"),
        (_broken_torch, "installed-but-broken", "error"),
        (_full_disk, "little-disk", "warning"),
        (_few_cores, "more-threads-than-cores", "warning"),
        (_busy, "machine-busy", "warning"),
        (_glibc_as_it_comes, "malloc-gives-back", "note"),
    ],
)
def test_a_planted_trouble_is_the_one_finding(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], rule: str, severity: str
) -> None:
    plant(monkeypatch)
    assert [(found.rule, found.severity) for found in doctor().findings] == [(rule, severity)]
