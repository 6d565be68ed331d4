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


def expect_refusal(said: Said, rule: str, *, words: str = "") -> dict[str, Any]:
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
        (("train", "strange"), "no-pictures", "list readers"),
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
        (("train", "sklearn:digits", "lr=inf"), "bad-setting", "finite"),
        (("train", "sklearn:digits", "threads=100000"), "bad-setting", "`threads`"),
        (("train", "sklearn:digits", "validation=0.5", "test=0.5"), "bad-setting", "leave nothing"),
        (("train", "sklearn:digits", "test=0.0001"), "empty-split", "0 test"),
        (("train", "sklearn:digits", "ignore=PJ999"), "unknown-rule", "PJ999"),
        (("train", "sklearn:digits", "source=cartpole"), "unknown-setting", "`source`"),
        (("train", "sklearn:digits", "--budget", "2steps", "budget=3steps"), "usage", "given twice"),
        (("train", "sklearn:digits", "--resume", "empty"), "usage", "a source"),
        (("train", "--resume", "empty", "--again", "empty"), "usage", "--again"),
        (("train", "--again", "empty", "--task", "detect"), "usage", "--task"),
        (("train", "sklearn:digits", "--model", "nets.py:crash"), "model-fails", "line"),
        (("train", "sklearn:digits", "--model", "nets.py:tupled"), "model-fails", "tuple"),
        (("train", "sklearn:digits", "--model", "nets.py:lazy"), "not-a-network", "lazy"),
        (("train", "sklearn:digits", "--model", "nets.py:frozen"), "not-a-network", "trained"),
        (("train", "sklearn:digits", "--model", "nets.py:half"), "not-a-network", "bfloat16"),
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
        "crash = lambda spec: nn.Sequential(nn.Flatten(), nn.Linear(63, 10))\n"
        "lazy = lambda spec: nn.Sequential(nn.Flatten(), nn.LazyLinear(10))\n"
        "half = lambda spec: tiny(spec).bfloat16()\n"
        "frozen = lambda spec: tiny(spec).requires_grad_(False)\n"
        "class Tupled(nn.Linear):\n"
        "    def forward(self, x): return super().forward(x.flatten(1)), 0\n"
        "tupled = lambda spec: Tupled(64, 10)\n"
    )
    expect_refusal(cli(*words, "--json"), rule, words=says)


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
    expect_refusal(cli("train", "sklearn:digits", "--out", digits_run, "--json"), "run-exists", words="--resume")
    assert (digits_run / "config.json").read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="permissions of folders are POSIX's")
def test_a_folder_that_cannot_be_written(cli: CLI, tmp_path: Path) -> None:
    (tmp_path / "file").touch()  # root may write into any folder, but nobody into a file
    expect_refusal(
        cli("train", "sklearn:digits", "--out", tmp_path / "file" / "run", "--json"), "cannot-write", words="--out"
    )


def damaged(digits_run: Path, tmp_path: Path) -> Path:
    shutil.copytree(digits_run, tmp_path / "run")
    return tmp_path / "run"


def test_tampered_weights(cli: CLI, digits_run: Path, tmp_path: Path) -> None:
    run = damaged(digits_run, tmp_path)
    content = bytearray((run / "weights" / "last.safetensors").read_bytes())
    content[-5] ^= 1
    (run / "weights" / "last.safetensors").write_bytes(content)
    for verb in ("evaluate", "export", "predict"):
        expect_refusal(cli(verb, run, *(["a.png"] if verb == "predict" else []), "--json"), "weights-damaged")


def test_a_pickle_in_place_of_weights(cli: CLI, digits_run: Path, tmp_path: Path) -> None:
    run = damaged(digits_run, tmp_path)
    (run / "weights" / "last.safetensors").write_bytes(pickle.dumps({"weight": [1.0]}))
    expect_refusal(cli("evaluate", run, "--json"), "not-safetensors", words="pickle")


def test_a_run_stopped_before_its_first_weights(cli: CLI, digits_run: Path, tmp_path: Path) -> None:
    run = damaged(digits_run, tmp_path)
    shutil.rmtree(run / "weights")
    expect_refusal(cli("evaluate", run, "--json"), "no-weights", words="--resume")


def test_half_a_config(cli: CLI, digits_run: Path, tmp_path: Path) -> None:
    run = damaged(digits_run, tmp_path)
    config = run / "config.json"
    config.write_bytes(config.read_bytes()[:200])
    expect_refusal(cli("train", "--resume", run, "--json"), "not-as-written", words="config.json")


def test_an_older_format(cli: CLI, digits_run: Path, tmp_path: Path) -> None:
    run = damaged(digits_run, tmp_path)
    config = run / "config.json"
    config.write_text(config.read_text().replace('"format": 1', '"format": 0'))
    expect_refusal(cli("train", "--resume", run, "--json"), "other-format", words="format 0")


@pytest.mark.parametrize(
    ("name", "content"),
    [("log.jsonl", '{"step": 1, "fra'), ("log.jsonl", '{"test": 3}'), ("scores.json", '{"test": 3}')],
)
def test_a_damaged_log_or_score(cli: CLI, digits_run: Path, tmp_path: Path, name: str, content: str) -> None:
    run = damaged(digits_run, tmp_path)
    (run / name).write_text(content)
    expect_refusal(cli("report", run, "--json"), "not-as-written", words=name)


def test_a_score_below_what_was_asked_says_so(cli: CLI, digits_file: Path) -> None:
    said = cli("evaluate", digits_file, "--at-least", "1.1", "--json")
    assert (said.code, said.json["findings"][0]["rule"]) == (1, "below-at-least")
    expect_refusal(cli("evaluate", digits_file, "--at-least", "nan", "--json"), "usage", words="nan")


def test_a_finished_run_is_not_scored_again_by_resuming(cli: CLI, digits_run: Path, tmp_path: Path) -> None:
    run = damaged(digits_run, tmp_path)
    before = (run / "scores.json").read_bytes()
    assert cli("train", "--resume", run, "--json").code == 0
    assert (run / "scores.json").read_bytes() == before


def test_a_run_is_found_from_any_folder(cli: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "elsewhere").mkdir()
    lines = [f"{a}{b}{c}" for a in "abc" for b in "def" for c in "ghijk"]
    (tmp_path / "texts" / "words.txt").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    assert cli("train", "texts/words.txt", "--out", "run", "budget=2steps", "width=8", "--json").code == 0
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert cli("evaluate", tmp_path / "run", "--json").code == 0


@pytest.mark.parametrize("share", [0, 0.5, 0.999])
def test_an_artifact_cut_short(cli: CLI, digits_file: Path, tmp_path: Path, share: float) -> None:
    content = digits_file.read_bytes()
    (tmp_path / "cut.onnx").write_bytes(content[: int(len(content) * share)])
    expect_refusal(cli("predict", tmp_path / "cut.onnx", "a.png", "--json"), "PJ422", words="cut short")
    assert cli("verify", tmp_path / "cut.onnx", "--json").code == 1
