"""Bad input: one finding with what, where, why, try; exit code 2; no traceback; nothing lost."""

import errno
import os
import pickle
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Said
from tests.pictures import class_folders, packed, png, tree

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
        (("train", "sklearn:digits", "--budget", "0.001epochs"), "budget-too-short", "0.001 epochs"),
        (("train", "sklearn:digits", "--budget", "0.000001s"), "budget-too-short", "1e-06 seconds"),
        (("train", "sklearn:digits", "--settings", "broken.toml"), "not-toml", "broken.toml"),
        (("train", "sklearn:digits", "lr=inf"), "bad-setting", "finite"),
        (("train", "sklearn:digits", "threads=100000"), "bad-setting", "`threads`"),
        (("train", "sklearn:digits", "validation=0.5", "test=0.5"), "bad-setting", "leave nothing"),
        (("train", "sklearn:digits", "ignore=PJ999"), "unknown-rule", "PJ999"),
        (("train", "sklearn:digits", "source=cartpole"), "unknown-setting", "`source`"),
        (("train", "sklearn:digits", "--budget", "2steps", "budget=3steps"), "usage", "given twice"),
        (("train", "sklearn:digits", "lr=0.1", "--lr", "0.2"), "usage", "given twice"),
        (("train", "sklearn:digits", "--resume", "empty"), "usage", "a source"),
        (("train", "--resume", "empty", "--again", "empty"), "usage", "--again"),
        (("train", "--again", "empty", "--task", "detect"), "usage", "task was given too"),
        (("train", "sklearn:digits", "--task", "detect", "task=classify"), "usage", "given twice"),
        (("train", "sklearn:digits", "--model", "nets.py:crash"), "model-fails", "line"),
        (("train", "sklearn:digits", "--model", "nets.py:shapeless"), "model-fails", "nets.py, line"),
        (("train", "sklearn:digits", "--model", "light", "batch_size=1"), "model-fails", "batch_size=2"),
        (("train", "sklearn:digits", "--model", "nets.py:tupled"), "model-fails", "tuple"),
        (("train", "sklearn:digits", "--model", "nets.py:lazy"), "not-a-network", "lazy"),
        (("train", "sklearn:digits", "--model", "nets.py:frozen"), "not-a-network", "trained"),
        (("train", "sklearn:digits", "--model", "nets.py:half"), "not-a-network", "bfloat16"),
        (("train", "--resume", "empty"), "not-a-run", "config.json"),
        (("train", "--resume", "nowhere"), "no-such-path", "nowhere"),
        (("train", "http://nowhere.test/y.zip"), "not-fetched", "http://nowhere.test/y.zip"),
        (("train", "sklearn:digits", "other"), "usage", "2 were given"),
        (("trian", "sklearn:digits"), "unknown-verb", "`train`"),
        (("evaluate", "nowhere"), "no-such-path", "nowhere"),
        (("evaluate", "strange"), "not-a-run", "strange"),
        (("export", "empty"), "not-a-run", "empty"),
        (("export", "empty", "a.onnx", "b.onnx"), "usage", "b.onnx"),
        (("export",), "usage", "run"),
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
        "class Shapeless(nn.Linear):\n"
        "    def forward(self, x): return super().forward(x)\n"
        "shapeless = lambda spec: Shapeless(64, 10)\n"
    )
    expect_refusal(cli(*words, "--json"), rule, words=says)


def test_a_users_network_trains(cli: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photo_nets").mkdir()  # a name of its own: modules are imported once a process
    Path("photo_nets/__init__.py").touch()
    Path("photo_nets/small.py").write_text(
        "from torch import nn\ndef tiny(spec): return nn.Sequential(nn.Flatten(), nn.Linear(64, len(spec.classes)))\n"
    )
    said = cli(
        "train", "sklearn:digits", "--model", "photo_nets.small:tiny", "--budget", "3epochs", "--out", "run", "--json"
    )
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


def zipped(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def patched(path: Path, offset_local: int, offset_central: int, value: int) -> None:
    """Set two bytes in every header of a .zip: those before its members, and those of its directory."""
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\3\4", offset_local), (b"PK\1\2", offset_central)):
        for at in [found.start() for found in re.finditer(re.escape(mark), bytes(content))]:
            content[at + offset : at + offset + 2] = value.to_bytes(2, "little")
    path.write_bytes(content)


def bad_zip(how: str) -> None:
    zipped(Path("a.zip"), {f"{name}.png": png(i) for i, name in enumerate(("a/1", "a/2", "b/1", "b/2"))})
    if how == "slip":
        zipped(Path("a.zip"), {"a/1.png": png(0), "../../b/1.png": png(1)})
    elif how == "absolute":
        zipped(Path("a.zip"), {"a/1.png": png(0), "/elsewhere/b/1.png": png(1)})
    elif how == "nested":
        zipped(Path("a.zip"), {"inner.zip": b"PK", "README": b""})
    elif how == "encrypted":
        patched(Path("a.zip"), 6, 8, 1)
    elif how == "other-method":
        patched(Path("a.zip"), 8, 10, 9)
    elif how == "truncated":
        Path("a.zip").write_bytes(Path("a.zip").read_bytes()[:-30])
    elif how == "no-zip":
        Path("a.zip").write_bytes(b"Rar!")
    elif how == "empty":
        Path("a.zip").write_bytes(b"")


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        ("slip", "unsafe-zip"),
        ("absolute", "unsafe-zip"),
        ("nested", "no-pictures"),
        ("encrypted", "encrypted-zip"),
        ("other-method", "unknown-compression"),
        ("truncated", "damaged-zip"),
        ("no-zip", "damaged-zip"),
        ("empty", "damaged-zip"),
    ],
)
def test_archives_that_cannot_be_read(
    cli: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, rule: str
) -> None:
    monkeypatch.chdir(tmp_path)
    bad_zip(how)
    expect_refusal(cli("train", "a.zip", "--out", "run", "--json"), rule)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_member_whose_bytes_changed(cli: CLI, tmp_path: Path) -> None:
    tree(tmp_path / "x", class_folders(2))
    path = packed(tmp_path / "x")
    content = bytearray(path.read_bytes())
    content[content.index(b"IDAT") + 20] ^= 1
    path.write_bytes(content)
    said = cli("train", path, "--out", tmp_path / "run", "--json")
    assert said.code == 2
    assert "Traceback" not in said.err
    assert len(said.json["findings"]) == 1


SOURCES = {
    "one-class": ["a/1.png", "a/2.png"],
    "one-picture": ["a/1.png"],
    "no-classes": ["1.png", "2.png"],
    "no-pictures": ["a/notes.txt", "a/.hidden.png", "__MACOSX/a/1.png", "b/Thumbs.db"],
    "mixed-folders": ["train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/1.png", "more/1.png"],
}


@pytest.mark.parametrize("rule", SOURCES)
def test_folders_that_teach_nothing(cli: CLI, tmp_path: Path, rule: str) -> None:
    source = tree(tmp_path / "x", SOURCES[rule])
    expect_refusal(cli("train", source, "--out", tmp_path / "run", "--json"), rule)
    assert not (tmp_path / "run").exists()


def test_too_few_pictures_to_hold_any_back(cli: CLI, tmp_path: Path) -> None:
    source = tree(tmp_path / "x", class_folders(2))
    expect_refusal(cli("train", source, "--out", tmp_path / "run", "--json"), "empty-split", words="0 test")


def test_copies_that_cannot_be_held_back_are_told(cli: CLI, tmp_path: Path) -> None:
    for name in class_folders(20):
        (tmp_path / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "x" / name).write_bytes(png(0))
    said = cli("train", tmp_path / "x", "--out", tmp_path / "run", "--json")
    finding = expect_refusal(said, "empty-split", words="of 40 pictures 39 are copies of another one")
    assert "different examples" in finding["try"]


BOTH = [f"{split}/{name}" for split in ("train", "test") for name in class_folders(9)]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([*class_folders(20), "c/1.png"], ("c in test",)),
        (
            [*BOTH, "train/c/1.png"],
            ("c in test",),
        ),
        (
            [*BOTH, "test/c/1.png"],
            ("c in train",),
        ),
    ],
    ids=["a-single-picture", "never-tested", "never-trained"],
)
def test_a_class_missing_from_a_split(cli: CLI, tmp_path: Path, names: list[str], says: tuple[str, ...]) -> None:
    source = tree(tmp_path / "x", names)
    finding = expect_refusal(cli("train", source, "--out", tmp_path / "run", "--json"), "PJ007")
    assert any(one in finding["evidence"]["missing"] for one in says)


def test_names_of_any_kind_are_learned_from(cli: CLI, tmp_path: Path) -> None:
    for k, folder in enumerate((b"caf\xe9", "雏 菊".encode())):
        for i in range(12):
            path = tmp_path / "x" / os.fsdecode(folder) / os.fsdecode([b"new\nline %d.PNG", b"\xff%d.png"][i % 2] % i)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(100 * k + i))
    assert cli("look", tmp_path / "x", "--json").code == 0
    said = cli("train", tmp_path / "x", "--out", tmp_path / "run", "budget=2steps", "--json")
    assert said.code == 0, said.out


@pytest.mark.skipif(os.name != "posix", reason="elsewhere every name is Unicode")
def test_a_source_whose_own_name_no_file_of_ours_can_hold(cli: CLI, tmp_path: Path) -> None:
    source = tmp_path / os.fsdecode(b"caf\xe9")
    tree(source, class_folders())
    expect_refusal(cli("train", source, "--out", tmp_path / "run", "--json"), "unwritable-name", words=r"caf\xe9")


@pytest.mark.parametrize("what", ["file", "folder"])
def test_permissions_that_forbid_reading(cli: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Root may read everything, so the system's refusal is put in its place."""
    source = tree(tmp_path / "x", class_folders())
    read_bytes, scandir = Path.read_bytes, os.scandir

    def refuse(path: object, real: Callable[..., Any], closed: Path) -> Any:
        if Path(os.fspath(path)) == closed:  # type: ignore[call-overload]
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", lambda path: refuse(path, read_bytes, source / "a" / "3.png"))
    if what == "folder":
        monkeypatch.setattr(os, "scandir", lambda path: refuse(path, scandir, source / "b"))
    closed = "3.png" if what == "file" else "b"
    rule = "PJ001" if what == "file" else "cannot-read"
    for verb in ("train", "look"):
        expect_refusal(cli(verb, source, "--json"), rule, words=closed)


def test_links_in_circles_do_not_hang(cli: CLI, tmp_path: Path) -> None:
    source = tree(tmp_path / "x", class_folders())
    (source / "a" / "again").symlink_to(source, target_is_directory=True)
    said = cli("look", source, "--json")
    assert said.code == 0
    assert sum(said.json["result"]["splits"].values()) == 20


ARRAYS = {
    "not-finite": {"x": np.full((9, 4, 4), np.nan, np.float32), "y": np.arange(9) % 2},
    "bad-dtype": {"x": np.full((9, 4, 4), "a"), "y": np.arange(9) % 2},
    "bad-axes": {"x": np.zeros((9, 4, 4, 4, 4), np.uint8), "y": np.arange(9) % 2},
    "out-of-range": {"x": np.zeros((9, 4, 4), np.uint8), "y": np.arange(9) % 2 - 1},
    "counts-differ": {"x": np.zeros((9, 4, 4), np.uint8), "y": np.arange(8) % 2},
    "holds-pickles": {"x": np.zeros((9, 4, 4), np.uint8), "y": np.array([{}] * 9)},
}


@pytest.mark.parametrize("rule", ARRAYS)
def test_arrays_that_cannot_be_learned(cli: CLI, tmp_path: Path, rule: str) -> None:
    np.savez(tmp_path / "a.npz", **ARRAYS[rule])
    expect_refusal(cli("train", tmp_path / "a.npz", "--out", tmp_path / "run", "--json"), rule)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("content", "rule", "says"),
    [
        (b"path,label\na/0.png,x\ngone.png,y\nlost.png,y\n", "missing-files", "gone.png (not there), lost.png"),
        (b"path,label\na/0.png,x\na/1\0.png,y\n", "missing-files", r"a/1\x00.png (a name that no file can have)"),
        (b"path,label\na/0.png,x\na/1.png\n", "bad-table", "line 3"),
        (b"path,label\na/0.png,caf\xe9\n", "not-utf8", "line 2"),
        (b"path,label\na/0.png,\na/1.png,x\n", "empty-targets", "1 of 2"),
        (b"path,p,q\na/0.png,u,v\na/1.png,w,x\n", "which-target", "target=p"),
        (b"path,angle\na/0.png,0.5\na/1.png,nan\n", "not-finite", "line 3"),
        (b"", "empty-file", "no rows"),
    ],
)
def test_tables_that_cannot_be_learned(cli: CLI, tmp_path: Path, content: bytes, rule: str, says: str) -> None:
    tree(tmp_path, class_folders())
    (tmp_path / "list.csv").write_bytes(content)
    expect_refusal(cli("train", tmp_path / "list.csv", "--out", tmp_path / "run", "--json"), rule, words=says)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"a/{i}.png,x\nb/{i}.png,y\n",
        b"\xef\xbb\xbfpath,label\r\na/{i}.png,x\r\nb/{i}.png,y\r\n",
    ],
    ids=["no-header", "mark-and-crlf"],
)
def test_tables_of_other_systems_are_read(cli: CLI, tmp_path: Path, content: bytes) -> None:
    tree(tmp_path, class_folders())
    header, _, rows = content.partition(b"a/")
    body = b"".join((b"a/" + rows).replace(b"{i}", str(i).encode()) for i in range(10))
    (tmp_path / "list.csv").write_bytes(header + body)
    said = cli("look", tmp_path / "list.csv", "--json")
    assert said.code == 0
    assert {name: sum(counts.values()) for name, counts in said.json["result"]["classes"].items()} == {"x": 10, "y": 10}


def test_a_training_that_goes_on_answers_with_what_it_has_kept_so_far(
    cli: CLI, digits_run: Path, tmp_path: Path
) -> None:
    run = damaged(digits_run, tmp_path)
    best = (run / "weights" / "best.safetensors").read_bytes()
    shutil.rmtree(run / "weights")
    (run / "weights").mkdir()
    (run / "weights" / "first.safetensors").write_bytes(best)
    said = cli("evaluate", run, "--split", "validation", "--json")
    assert said.code == 0
    assert said.json["result"]["scores"]["primary"]["value"] > 0.5
