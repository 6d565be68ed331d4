"""The door: help and usage errors come at once and import nothing heavy; help is short; mistypings are answered."""

import importlib
import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from penjing.cli import ALL, EVERYWHERE, UNHEARD
from tests.conftest import Said

HEAVY = ("torch", "numpy", "onnxruntime", "sklearn")
LIGHT = {  # what the door answers by itself: words, and whether rich may draw it
    "--help": False,
    "-h": False,
    "--version": False,
    "": False,
    "list tasks": True,
    "list models": True,
    "list readers": True,
    "list settings": True,
    "list rules --json": False,
    "trian sklearn:digits": True,
    "list modls": True,
    "doctor --bogus --json": False,
}


@pytest.mark.parametrize("words", LIGHT, ids=lambda words: words or "nothing")
def test_the_door_imports_nothing_heavy(words: str) -> None:
    script = (
        "import sys\nfrom penjing.cli import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n    print('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script, *words.split()], capture_output=True, text=True, check=False)
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "penjing.cli" in loaded
    assert loaded.isdisjoint(HEAVY if LIGHT[words] else (*HEAVY, "rich"))


@pytest.mark.parametrize("words", ["--help", "list models", "trian"])
def test_the_door_answers_within_0_3_seconds(words: str) -> None:
    """In time of the processor, the interpreter's own start in it: other processes may be at work beside the tests."""
    seconds = []
    while len(seconds) < 5 and min(seconds, default=1.0) > 0.3:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "penjing", *words.split()], capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) <= 0.3


def test_help_fits_on_one_screen_of_80_columns_and_40_lines(penjing: Callable[..., Said]) -> None:
    shown = penjing("-h", COLUMNS="80")
    assert (shown.code, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80


def test_help_shows_every_verb_on_a_line_of_its_own_by_an_example(penjing: Callable[..., Said]) -> None:
    lines = penjing("--help", COLUMNS="80").out.splitlines()
    for verb, (line, example) in ALL.items():
        assert example.split()[:2] == ["penjing", verb]
        assert [shown for shown in lines if shown.startswith(f"  {example} ") and shown.endswith(f" {line}")]
    for option in EVERYWHERE:
        assert [shown for shown in lines if shown.startswith(f"  {option} ")]


def test_no_words_at_all_are_answered_with_help(penjing: Callable[..., Said]) -> None:
    assert penjing() == penjing("--help")


@pytest.mark.parametrize("verb", ALL)
def test_the_help_of_a_verb_says_what_it_does_and_shows_it(cli: Callable[..., Said], verb: str) -> None:
    shown = cli(verb, "--help")
    assert shown.code == 0
    assert f"Usage: penjing {verb}" in shown.out
    assert f"Example:  {ALL[verb][1]}" in shown.out
    assert re.search(r"\n\n  [A-Z][^\n]{20,}", shown.out)  # a sentence under the usage line
    command = importlib.import_module(f"penjing.verbs.{verb}").command
    assert [option.name for option in command.params if isinstance(option, click.Option) and not option.help] == []


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("trian sklearn:digits", "`train`"),
        ("Evaluate runs/one", "`evaluate`"),
        ("list modles", "`models`"),
        ("evaluate runs/one --splt test", "--split"),
        ("train sklearn:digits bacth_size=3", "`batch_size`"),
        ("train sklearn:digit", "sklearn:digits"),
        ("train sklearn:digits --task clasify", "`classify`"),
        ("train sklearn:digits --model cn", "`cnn`"),
        ("rule PJ03", "`PJ"),
    ],
)
def test_a_mistyped_word_is_answered_with_the_nearest(cli: Callable[..., Said], words: str, meant: str) -> None:
    said = cli(*words.split(), "--json")
    [finding] = json.loads(said.out)["findings"]
    assert said.code == 2
    assert meant in finding["try"] + finding["what"]


def test_a_fault_of_our_own_is_exit_code_2_with_its_traceback(
    cli: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penjing.runtime.machine.load", lambda: 1 / 0)
    said = cli("doctor", "--json")
    assert said.code == 2
    assert said.json["findings"][0]["rule"] == "unforeseen"
    assert "test_cli.py" in said.json["findings"][0]["where"]
    assert "ZeroDivisionError" in said.err


@pytest.mark.parametrize("words", ["list rules", "list rules --json"])
def test_a_reader_that_has_gone_is_no_answer(words: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "penjing", *words.split()]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (UNHEARD, "")


def test_a_network_that_does_not_fit_into_memory_is_told_as_such(cli: Callable[..., Said], tmp_path: Path) -> None:
    said = cli("train", "sklearn:digits", "--out", tmp_path / "run", "width=1000000", "budget=3steps", "--json")
    [finding] = said.json["findings"]
    assert (said.code, finding["rule"]) == (2, "no-room")
    assert re.search(r"[\d,]{9,} bytes", finding["what"])
    assert all(name in finding["try"] for name in ("width", "size", "batch_size"))
    assert "Traceback" not in said.err


def test_debug_shows_the_traceback_beside_the_finding(cli: Callable[..., Said]) -> None:
    plain, debugged = cli("evaluate", "nowhere"), cli("evaluate", "nowhere", "--debug")
    assert (plain.code, debugged.code) == (2, 2)
    assert "Traceback" not in plain.err
    assert "Traceback" in debugged.err
