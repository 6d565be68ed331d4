"""penjing check, by command: data, a run, and scripts that know nothing of Penjing."""

import hashlib
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from penjing.findings import PenjingError
from penjing.verbs.check import Check, check
from penjing.verbs.look import Look, look
from tests.conftest import Said
from tests.data.readers.test_npz import X, Y, saved
from tests.pictures import class_folders, tree

Command = Callable[..., Said]

SCRIPT = """
import argparse
import torch
import torch.nn.functional as F
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--fault", default="")
fault = parser.parse_args().fault
print("learning", fault)
torch.manual_seed(0)
x, y = torch.randn(256, 10), torch.arange(256) % 3
model = nn.Sequential(nn.Linear(10, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(1_000_000):
    if fault != "eval-mode":
        model.train()
    for i in range(8):
        optimizer.zero_grad()
        logits = model(x[32 * i : 32 * i + 32])
        loss = F.cross_entropy(logits.softmax(1) if fault == "softmax" else logits, y[32 * i : 32 * i + 32])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        model(x)
"""


def script(folder: Path, text: str) -> Path:
    path = folder / "train.py"
    path.write_text(textwrap.dedent(text))
    return path


def test_a_sound_script_passes_with_clean_standard_output(penjing: Command, tmp_path: Path) -> None:
    said = penjing("check", script(tmp_path, SCRIPT), "--json", "--", "--fault", "none", cwd=tmp_path)
    assert said.code == 0
    assert said.json["findings"] == []
    assert said.json["result"]["kind"] == "script"
    assert said.json["result"]["seen"]["steps"] >= 40
    assert "learning none" in said.err


@pytest.mark.parametrize(
    ("fault", "rule", "line"),
    [
        ("eval-mode", "PJ110", "logits = model("),
        ("softmax", "PJ102", "loss.backward()"),
    ],
)
def test_names_the_fault_of_a_script_and_its_line(
    penjing: Command, tmp_path: Path, fault: str, rule: str, line: str
) -> None:
    path = script(tmp_path, SCRIPT)
    said = penjing("check", path, "--json", "--", "--fault", fault, cwd=tmp_path)
    assert said.code == 1
    assert [one["rule"] for one in said.json["findings"]] == [rule]
    number = 1 + next(i for i, text in enumerate(path.read_text().splitlines()) if line in text)
    assert f"train.py, line {number}" in said.json["findings"][0]["where"]


@pytest.mark.parametrize(
    ("text", "rule", "what"),
    [
        ("import torch\nraise ValueError('no such column')", "script-crashed", "ValueError: no such column"),
        ("x = = 1", "script-crashed", "SyntaxError"),
        ("print('nothing to do')", "never-trains", "without a backward"),
        ("import os; os._exit(7)", "script-killed", "code 7"),
    ],
    ids=["raises", "syntax", "never-trains", "leaves"],
)
def test_a_script_that_cannot_be_judged_is_one_finding(
    penjing: Command, tmp_path: Path, text: str, rule: str, what: str
) -> None:
    said = penjing("check", script(tmp_path, text), "--json", cwd=tmp_path)
    assert said.code == 2
    assert [one["rule"] for one in said.json["findings"]] == [rule]
    assert what in said.json["findings"][0]["what"]
    assert "Traceback" not in said.err


def test_a_crash_says_the_scripts_own_line(penjing: Command, tmp_path: Path) -> None:
    text = "import json\n\ndef read():\n    return json.loads('{')\n\nread()"
    said = penjing("check", script(tmp_path, text), "--json", cwd=tmp_path)
    assert said.json["findings"][0]["where"] == "train.py, line 4"


def test_a_script_that_loops_for_ever_is_ended_with_all_its_processes(penjing: Command, tmp_path: Path) -> None:
    text = """
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        open("child", "w").write(str(child.pid))
        while True:
            pass
    """
    began = time.monotonic()
    said = penjing("check", script(tmp_path, text), "--limit", "10", "--json", cwd=tmp_path)
    assert time.monotonic() - began < 60
    assert said.code == 2
    assert said.json["findings"][0]["rule"] == "script-out-of-time"
    stat = Path("/proc") / (tmp_path / "child").read_text() / "stat"
    assert not stat.exists() or " Z " in stat.read_text()


def test_what_a_rule_explains_comes_before_the_crash(penjing: Command, tmp_path: Path) -> None:
    text = """
        import torch
        from torch import nn
        model = nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        loss = model(torch.randn(8, 4)).square().mean().item()
        torch.tensor(loss).backward()
    """
    said = penjing("check", script(tmp_path, text), "--json", cwd=tmp_path)
    assert said.code == 1
    assert [(one["rule"], one["severity"]) for one in said.json["findings"]] == [
        ("PJ204", "error"),
        ("script-crashed", "warning"),
    ]


def test_a_script_cannot_swallow_what_ends_it(penjing: Command, tmp_path: Path) -> None:
    text = """
        import torch
        p = torch.nn.Parameter(torch.ones(3))
        optimizer = torch.optim.SGD([p], lr=0.01)
        while True:
            try:
                optimizer.zero_grad()
                p.square().sum().backward()
                optimizer.step()
            except BaseException:
                pass
    """
    said = penjing("check", script(tmp_path, text), "--json", cwd=tmp_path)
    assert said.code == 0
    assert said.json["result"]["seen"]["steps"] >= 40


def test_clean_data_exits_with_0_and_a_test_split_that_is_too_small_is_told(penjing: Command, tmp_path: Path) -> None:
    clean = penjing("check", "sklearn:digits", "--json", cwd=tmp_path)
    assert clean.code == 0
    assert {one["severity"] for one in clean.json["findings"]} <= {"note"}
    small = check("sklearn:digits", settings={"test": "0.05"})
    assert small.findings[0].rule == "PJ025"


def test_data_without_a_test_split_is_refused_as_by_train(tmp_path: Path) -> None:
    with pytest.raises(PenjingError) as caught:
        check(tree(tmp_path, class_folders(2)))
    assert caught.value.finding.rule == "empty-split"


@pytest.mark.parametrize("verb", [check, look])
@pytest.mark.parametrize(
    ("source", "setting", "rule"),
    [
        ("cartpole", "size", "unused-setting"),
        ("cartpole", "group", "unused-setting"),
        ("sklearn:digits", "target", "unused-setting"),
        ("sklearn:digits", "lr", "unknown-setting"),
    ],
)
def test_a_setting_that_changes_nothing_is_refused(
    verb: Callable[..., object], source: str, setting: str, rule: str
) -> None:
    with pytest.raises(PenjingError) as caught:
        verb(source, settings={setting: "8"})
    expected = "unknown-setting" if (verb, setting) == (look, "size") else rule  # nothing that is looked at has a size
    assert (caught.value.finding.rule, caught.value.finding.where) == (expected, f"{setting}=8")


@pytest.mark.parametrize("verb", [check, look])
def test_shares_that_the_source_decides_are_told(verb: Callable[..., Check | Look], tmp_path: Path) -> None:
    source = saved(tmp_path, x_train=X[:40], y_train=Y[:40], x_test=X[40:], y_test=Y[40:])
    told = [one.where for one in verb(source, settings={"test": 0.3, "validation": 0.2}).findings]
    assert told[:1] == ["test=0.3"]
    assert "validation=0.2" not in told


def test_a_run_is_rehearsed_and_its_folder_is_not_touched(penjing: Command, digits_run: Path, tmp_path: Path) -> None:
    def content() -> dict[str, str]:
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in digits_run.rglob("*") if path.is_file()
        }

    before = content()
    said = penjing("check", digits_run, "--json", cwd=tmp_path)
    assert said.code == 0
    assert said.json["result"] == {
        "source": str(digits_run),
        "kind": "run",
        "seen": {"train": 1259, "validation": 179, "test": 359, "steps": 20},
    }
    assert content() == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("check", "trian.py"), "no-such-path"),
        (("check", "sklearn:digits", "tset=0.3"), "unknown-setting"),
        (("check",), "usage"),
        (("check", "script.py", "--limit", "nan"), "bad-setting"),
    ],
    ids=["path", "setting", "nothing", "limit"],
)
def test_bad_input_is_one_finding(penjing: Command, tmp_path: Path, words: tuple[str, ...], rule: str) -> None:
    script(tmp_path, "")
    said = penjing(*words, "--json", cwd=tmp_path)
    assert said.code == 2
    assert [one["rule"] for one in said.json["findings"]] == [rule]


@pytest.mark.parametrize("source", ["script.py", "run"])
def test_how_data_is_divided_is_asked_of_data_alone(tmp_path: Path, source: str) -> None:
    script(tmp_path, "")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").touch()
    with pytest.raises(PenjingError, match="settings have no use"):
        check(tmp_path / source, settings={"test": 0.3})


@pytest.mark.parametrize("source", ["run", "sklearn:digits"])
def test_only_a_script_is_ended_after_a_limit(tmp_path: Path, source: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").touch()
    with pytest.raises(PenjingError, match="a limit has no use"):
        check(tmp_path / source if source == "run" else source, limit=9)
