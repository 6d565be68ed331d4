"""Weights & Biases, offline: its file holds the log, the settings and the score, and nothing goes out or is asked."""

import os
import signal
import struct
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from penjing.evaluation.record import evaluations_of
from penjing.findings import PenjingError
from penjing.run import Run
from penjing.training.trackers import load
from penjing.training.trackers.tracking import rows_of

pytest.importorskip("wandb", reason="wandb is not installed: pip install 'penjing[track]'")

from wandb.proto import wandb_internal_pb2 as messages

from penjing.training.trackers.wandb import begin, mode

BLOCK, HEADER = 32768, 7  # of the log form of LevelDB, in which it keeps its records


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No login and no wishes in the environment; gives the netrc that wandb would look into."""
    for name in [name for name in os.environ if name.startswith("WANDB_") and name != "WANDB_ERROR_REPORTING"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "netrc"


def records(file: Path) -> Iterator[messages.Record]:
    """What a .wandb file holds: 7 bytes of its own, then chunks of a checksum, a length, a kind and so many bytes."""
    content, at, whole = file.read_bytes(), HEADER, b""
    while at + HEADER <= len(content):
        if BLOCK - at % BLOCK < HEADER:  # the rest of a block too short for a header is filled with zeros
            at += BLOCK - at % BLOCK
            continue
        length, kind = struct.unpack("<HB", content[at + 4 : at + HEADER])
        if at + HEADER + length > len(content):
            return  # being written
        whole += content[at + HEADER : at + HEADER + length]
        at += HEADER + length
        if kind in (1, 4):  # whole in one chunk, or the last of several
            yield messages.Record.FromString(whole)
            whole = b""


def ended(file: Path) -> list[messages.Record]:
    """All records: its service, a process of its own, goes on writing for a moment after a run was finished."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = list(records(file))
        if found and found[-1].HasField("exit"):
            return found
        time.sleep(0.02)
    pytest.fail(f"{file} was never ended")


def told(run: Run) -> tuple[dict[str, object], dict[int, dict[str, float]], dict[str, object]]:
    """Settings, rows by step, and summary, over all files of a run."""
    settings, rows, summary = {}, defaultdict[int, dict[str, float]](dict), {}
    for file in sorted((run.path / "wandb").glob("offline-run-*/*.wandb")):
        for record in ended(file):
            for item in [*record.run.config.update, *record.config.update]:
                settings[item.key] = msgspec.json.decode(item.value_json)
            for item in record.summary.update:
                summary["".join(item.nested_key) or item.key] = msgspec.json.decode(item.value_json)
            if record.HasField("history"):
                row = {
                    "".join(item.nested_key) or item.key: msgspec.json.decode(item.value_json)
                    for item in record.history.item
                }
                step = int(row["_step"])
                assert not rows[step], f"step {step} was told twice"
                rows[step] = {name: value for name, value in row.items() if not name.startswith("_")}
    return settings, dict(rows), summary


def test_its_file_holds_the_log_the_settings_and_the_score(
    tracked: Callable[[str], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("it asked"))
    run = tracked("wandb")
    settings, rows, summary = told(run)
    assert rows == dict(rows_of(run.log))
    assert (settings["lr"], settings["budget"]) == (run.config.train.lr, "6epochs")
    scored = evaluations_of(run)["test"].scores.primary
    assert (summary["test/accuracy"], summary["test/accuracy low"]) == (scored.value, scored.low)
    kept = {path.name for path in (run.path / "wandb").rglob("*") if path.is_file()}
    assert {name for name in kept if not name.endswith((".wandb", ".log"))} == set()  # no code, no list of packages


KILLED = """
import os, signal, sys
from pathlib import Path
from penjing.training.trackers.wandb import begin
tracker = begin(Path(sys.argv[1]), "0a1b2c3d", {}, 0)
for step in range(1, 4):
    tracker.write(step, {"train/loss": 1 / step})
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_a_kill_one_file_of_the_same_id_holds_all_steps_once(tmp_path: Path) -> None:
    """What it kept of its steps before the kill depends on the moment: nothing may depend on that."""
    died = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, capture_output=True)
    assert died.returncode == -signal.SIGKILL
    resumed = begin(tmp_path, "0a1b2c3d", {}, 3)
    for step in range(resumed.holds + 1, 7):
        resumed.write(step, {"train/loss": 1 / step})
    resumed.close(6, {"test/accuracy": 0.5})
    assert told(Run(tmp_path))[1] == {step: {"train/loss": 1 / step} for step in range(1, 7)}
    [file] = (tmp_path / "wandb").glob("offline-run-*/*.wandb")
    assert file.name == "run-0a1b2c3d.wandb"


def test_what_was_sent_by_hand_is_not_removed(tmp_path: Path) -> None:
    sent = tmp_path / "wandb" / "offline-run-20260101_000000-0a1b2c3d"
    another = tmp_path / "wandb" / "offline-run-20260101_000000-ffffffff"
    for folder in (sent, another):
        folder.mkdir(parents=True)
    (sent / "run-0a1b2c3d.wandb.synced").touch()
    begin(tmp_path, "0a1b2c3d", {}, 3).close(3, {})
    assert sent.exists()
    assert another.exists()


@pytest.mark.parametrize(
    ("asked", "login", "expected"),
    [
        ("", "", "offline"),
        ("", "netrc", "online"),
        ("", "key", "online"),
        ("", "netrc of another", "offline"),
        ("offline", "netrc", "offline"),
        ("disabled", "key", "disabled"),
        ("online", "netrc", "online"),
    ],
)
def test_it_is_online_with_a_login_alone(
    monkeypatch: pytest.MonkeyPatch, nobody: Path, asked: str, login: str, expected: str
) -> None:
    monkeypatch.setenv("WANDB_MODE", asked)
    if login.startswith("netrc"):
        host = "example.org" if "another" in login else "api.wandb.ai"
        nobody.write_text(f"machine {host} login user password {'0' * 40}\n")
    if login == "key":
        monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    assert mode() == expected


def test_online_without_a_login_is_refused_before_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "online")
    with pytest.raises(PenjingError) as caught:
        load(["wandb"])
    assert caught.value.finding.rule == "no-login"
