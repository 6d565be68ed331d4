"""Bad input: one finding with what, where, why, try; exit code 2; no traceback; nothing lost."""

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Said

CLI = Callable[..., Said]


def refused(said: Said, rule: str, *, words: str = "") -> dict[str, Any]:
    """Hold an answer to the promise, and give its one finding."""
    assert said.code == 2
    assert "Traceback" not in said.err
    assert said.json["ok"] is False
    (finding,) = said.json["findings"]
    assert finding["rule"] == rule
    assert all(finding[key].strip() for key in ("what", "where", "why", "try"))
    assert words in " ".join(finding[key] for key in ("what", "where", "try"))
    return finding  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("words", "rule", "says"),
    [
        (("train", "no/such/folder"), "no-such-path", "no/such/folder"),
        (("train", "sklearn:digit"), "no-such-path", "`digits`"),
        (("train", "empty"), "empty-folder", "empty"),
        (("train", "strange"), "unknown-source", "list readers"),
        (("train",), "usage", "sklearn:digits"),
        (("train", "sklearn:digits", "--task", "clasify"), "unknown-task", "`classify`"),
        (("train", "sklearn:digits", "--model", "cnm"), "unknown-model", "`cnn`"),
        (("train", "sklearn:digits", "--model", "no_such_module:net"), "code-fails", "no_such_module"),
        (("train", "sklearn:digits", "--model", "nets.py:tyni"), "no-such-name", "`tiny`"),
        (("train", "sklearn:digits", "--model", "nets.py:number"), "not-a-network", "int"),
        (("train", "sklearn:digits", "--model", "nets.py:narrow"), "output-shape", "(64, 3)"),
        (("train", "sklearn:digits", "--task", "broken.py"), "code-fails", "line 2"),
        (("train", "sklearn:digits", "--task", "missing.py"), "no-such-path", "missing.py"),
        (("train", "sklearn:digits", "--task", "nets.py"), "not-a-task", "`describe`"),
        (("train", "sklearn:digits", "bacth_size=3"), "unknown-setting", "`batch_size`"),
        (("train", "sklearn:digits", "--lr", "fast"), "bad-setting", "`lr`"),
        (("train", "sklearn:digits", "--lr"), "usage", "--lr"),
        (("train", "sklearn:digits", "--budget", "0steps"), "bad-budget", "0steps"),
        (("train", "sklearn:digits", "--budget", "-5m"), "bad-budget", "-5m"),
        (("train", "sklearn:digits", "--settings", "broken.toml"), "not-toml", "broken.toml"),
        (("train", "--resume", "empty"), "not-a-run", "config.json"),
        (("train", "--resume", "nowhere"), "no-such-path", "nowhere"),
        (("train", "sklearn:digits", "other"), "usage", "2 were given"),
        (("trian", "sklearn:digits"), "unknown-verb", "`train`"),
        (("evaluate", "nowhere"), "no-such-path", "nowhere"),
        (("evaluate", "strange"), "not-a-run", "strange"),
        (("export", "empty"), "not-a-run", "empty"),
        (("predict", "nets.py", "a.png"), "PJ422", "no seal"),
        (("predict",), "usage", "predict"),
        (("verify", "nowhere.onnx"), "no-such-path", "nowhere.onnx"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_one_finding_and_no_traceback(
    cli: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], rule: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("strange").mkdir()
    Path("strange/a.xyz").touch()
    Path("broken.py").write_text("form = 'pictures'\ndef describe(:\n")
    Path("broken.toml").write_text("lr = = 3")
    Path("nets.py").write_text(
        "from torch import nn\n"
        "number = lambda spec: 3\n"
        "tiny = lambda spec: nn.Sequential(nn.Flatten(), nn.Linear(64, 10))\n"
        "narrow = lambda spec: nn.Sequential(nn.Flatten(), nn.Linear(64, 3))\n"
    )
    refused(cli(*words, "--json"), rule, words=says)


def test_a_users_network_trains(cli: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my_nets.py").write_text(
        "from torch import nn\ndef tiny(spec): return nn.Sequential(nn.Flatten(), nn.Linear(64, len(spec.classes)))\n"
    )
    said = cli("train", "sklearn:digits", "--model", "my_nets:tiny", "--budget", "3epochs", "--out", "run", "--json")
    assert said.code == 0, said.out
    assert said.json["result"]["scores"]["test"]["scores"]["primary"]["value"] > 0.5


def test_a_folder_that_holds_a_run_is_not_overwritten(cli: CLI, digits_run: Path) -> None:
    before = (digits_run / "config.json").read_bytes()
    refused(cli("train", "sklearn:digits", "--out", digits_run, "--json"), "run-exists", words="--resume")
    assert (digits_run / "config.json").read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="permissions of folders are POSIX's")
def test_a_folder_that_cannot_be_written(cli: CLI, tmp_path: Path) -> None:
    (tmp_path / "file").touch()  # root may write into any folder, but nobody into a file
    refused(cli("train", "sklearn:digits", "--out", tmp_path / "file" / "run", "--json"), "cannot-write", words="--out")


def damaged(digits_run: Path, tmp_path: Path) -> Path:
    shutil.copytree(digits_run, tmp_path / "run")
    return tmp_path / "run"


def test_tampered_weights(cli: CLI, digits_run: Path, tmp_path: Path) -> None:
    run = damaged(digits_run, tmp_path)
    content = bytearray((run / "weights" / "last.safetensors").read_bytes())
    content[-5] ^= 1
    (run / "weights" / "last.safetensors").write_bytes(content)
    for verb in ("evaluate", "export", "predict"):
        refused(cli(verb, run, *(["a.png"] if verb == "predict" else []), "--json"), "weights-damaged")


def test_a_pickle_in_place_of_weights(cli: CLI, digits_run: Path, tmp_path: Path) -> None:
    run = damaged(digits_run, tmp_path)
    (run / "weights" / "last.safetensors").write_bytes(pickle.dumps({"weight": [1.0]}))
    refused(cli("evaluate", run, "--json"), "not-safetensors", words="pickle")


def test_a_run_stopped_before_its_first_weights(cli: CLI, digits_run: Path, tmp_path: Path) -> None:
    run = damaged(digits_run, tmp_path)
    shutil.rmtree(run / "weights")
    refused(cli("evaluate", run, "--json"), "no-weights", words="--resume")


def test_half_a_config(cli: CLI, digits_run: Path, tmp_path: Path) -> None:
    run = damaged(digits_run, tmp_path)
    config = run / "config.json"
    config.write_bytes(config.read_bytes()[:200])
    refused(cli("train", "--resume", run, "--json"), "not-as-written", words="config.json")


def test_an_older_format(cli: CLI, digits_run: Path, tmp_path: Path) -> None:
    run = damaged(digits_run, tmp_path)
    config = run / "config.json"
    config.write_text(config.read_text().replace('"format": 1', '"format": 0'))
    refused(cli("train", "--resume", run, "--json"), "other-format", words="format 0")


@pytest.mark.parametrize("share", [0, 0.5, 0.999])
def test_an_artifact_cut_short(cli: CLI, digits_file: Path, tmp_path: Path, share: float) -> None:
    content = digits_file.read_bytes()
    (tmp_path / "cut.onnx").write_bytes(content[: int(len(content) * share)])
    refused(cli("predict", tmp_path / "cut.onnx", "a.png", "--json"), "PJ422", words="cut short")
    assert cli("verify", tmp_path / "cut.onnx", "--json").code == 1
