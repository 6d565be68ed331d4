"""train_grid: each run is the one that train gives; killed it goes on, what fails is told, what is done stays."""

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from penjing.config import Choice
from penjing.findings import PenjingError, stop
from penjing.run import Run
from penjing.runtime import machine
from penjing.training import job as jobs
from penjing.training import shared_execution
from penjing.training.job import Job
from penjing.training.loop import Step
from penjing.training.observers.progress import ProgressBar
from penjing.verbs import grid_text
from penjing.verbs import train as train_module
from penjing.verbs import train_grid as grid_module
from penjing.verbs.grid import Grid, folder_of
from penjing.verbs.report import report
from penjing.verbs.train import train, train_job
from penjing.verbs.train_grid import TrainedGrid, parse_seeds, train_grid
from penjing.verbs.training_text import Telling
from tests.conftest import Said
from tests.pictures import class_folders, tree

SETTINGS = {"budget": "20steps", "threads": 1, "evaluations": 2, "save_every": 1e-9}


def weights_of(run: Path) -> str:
    return hashlib.sha256((run / "weights" / "last.safetensors").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedGrid:
    folder = tmp_path_factory.mktemp("grid")
    return train_grid("sklearn:digits", models=["cnn", "mlp"], seeds=2, settings=SETTINGS, out=folder / "grid")


@pytest.fixture
def copied(trained: TrainedGrid, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained.grid, tmp_path / "grid"))


def test_every_model_has_every_seed_and_a_row_with_intervals(trained: TrainedGrid) -> None:
    assert [Path(run).name for run in trained.runs] == ["cnn-seed0", "mlp-seed0", "cnn-seed1", "mlp-seed1"]
    assert [(row.model, row.seeds) for row in trained.rows] == [("cnn", (0, 1)), ("mlp", (0, 1))]
    for row in trained.rows:
        runs = [Run(Path(trained.grid) / f"{row.model}-seed{seed}") for seed in (0, 1)]
        scores = [run.scores["test"]["scores"]["primary"]["value"] for run in runs]
        ends = [[line["loss"] for line in run.log if line["step"] > 18 and "loss" in line] for run in runs]
        assert row.score.value == pytest.approx(sum(scores) / 2)
        assert row.loss is not None
        assert row.loss.value == pytest.approx(sum(map(sum, ends)) / 4)
        assert row.loss.low is not None
        assert row.parameters == runs[0].scores["test"]["cost"]["parameters"]


def test_what_its_runs_found_is_told_once_with_the_runs_that_have_it(trained: TrainedGrid) -> None:
    [found] = trained.findings
    [own] = Run(trained.runs[0]).findings
    assert (found.rule, found.what, found.where) == (own.rule, own.what, f"{own.where}; in each run")
    assert found.evidence == own.evidence | {"runs": list(trained.runs)}
    assert "each run: PJ006" in (Path(trained.grid) / "report.html").read_text()


def test_what_all_runs_have_in_common_is_told_with_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = iter((0.9, 1.0, 1.1, 1.2))
    monkeypatch.setattr(machine, "load", lambda: machine.Load(cores=1, taken=next(taken)))
    settings = {"budget": "1steps", "evaluations": 0}
    train_grid("sklearn:digits", models=["cnn", "mlp"], seeds=2, settings=settings, out=tmp_path / "grid")
    _, first, *others = re.split(r"\d of 4 ", capsys.readouterr().err)
    for word in ("sklearn:digits: pictures", "device", "other processes take 0.9 of 1", "budget", "you typed it"):
        assert word in first
    assert [line.split()[0] for line in "".join(others).splitlines() if line] == [
        str(tmp_path / "grid" / "mlp-seed0"),
        "training",
        str(tmp_path / "grid" / "cnn-seed1"),
        "training",
        str(tmp_path / "grid" / "mlp-seed1"),
        "training",
    ]


def test_where_model_and_seed_came_from_is_kept(trained: TrainedGrid) -> None:
    origins = Run(trained.runs[2]).config.origins
    assert origins["model"] == Choice("cnn", "typed", "of --model")
    assert origins["seed"] == Choice(1, "typed", "of --seeds")


def test_a_seed_that_nobody_asked_for_is_the_default(tmp_path: Path) -> None:
    trained = train_grid("sklearn:digits", models=["mlp"], settings={"budget": "1steps"}, out=tmp_path / "grid")
    assert Run(trained.runs[0]).config.origins["seed"].origin == "default"


def test_a_run_of_it_is_the_run_that_train_gives(trained: TrainedGrid, tmp_path: Path) -> None:
    alone = train("sklearn:digits", model="mlp", settings=SETTINGS | {"seed": 1}, out=tmp_path / "alone")
    assert weights_of(alone.path) == weights_of(Path(trained.grid) / "mlp-seed1")


def test_it_goes_on_in_the_middle_of_the_run_that_was_cut_short_and_leaves_alone_what_is_done(
    copied: Path, trained: TrainedGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cnn-seed1", "mlp-seed1"):
        shutil.rmtree(copied / name)
    show_step = ProgressBar.__call__

    def dies(bar: ProgressBar, step: Step) -> None:
        show_step(bar, step)
        if step.step == 10:
            raise KeyboardInterrupt  # as a second ^C; session tests do it with -9

    monkeypatch.setattr(ProgressBar, "__call__", dies)
    with pytest.raises(KeyboardInterrupt):
        train_grid(resume=copied)
    monkeypatch.undo()
    checkpoint = Run(copied / "cnn-seed1").checkpoint()
    assert checkpoint is not None
    assert checkpoint[1]["step"] == 9
    trained_now: list[Path] = []

    def noted(job: Job, run: Run, *words: Any, **named: Any) -> Any:
        trained_now.append(run.path)
        return train_job(job, run, *words, **named)

    for module in (train_module, grid_module):
        monkeypatch.setattr(module, "train_job", noted)
    again = train_grid(resume=copied)
    assert trained_now == [copied / "cnn-seed1", copied / "mlp-seed1"]
    assert [weights_of(Path(run)) for run in again.runs] == [weights_of(Path(run)) for run in trained.runs]
    assert [row.score for row in again.rows] == [row.score for row in trained.rows]


def test_a_finished_grid_is_resumed_without_a_look_at_the_test_split(copied: Path) -> None:
    train_grid(resume=copied)
    assert {Run(cell.path).scores["test"]["times_scored"] for cell in Grid(copied).cells} == {1}


def test_its_page_is_written_anew_by_the_verb_for_it(copied: Path) -> None:
    page = report(copied)
    assert page == copied / "report.html"
    first = page.read_bytes()
    page.unlink()
    assert report(copied).read_bytes() == first


@pytest.mark.parametrize(
    ("error", "rule", "what"),
    [
        (RuntimeError("no kernel of that name"), "unforeseen", "RuntimeError: no kernel of that name"),
        (MemoryError("allocate 9 bytes"), "no-room", "this does not fit into memory: 9 bytes more were asked for"),
    ],
    ids=["unforeseen", "no-room"],
)
def test_runs_that_fail_are_found_and_the_rest_goes_on_and_resuming_tries_them_again(
    copied: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, rule: str, what: str
) -> None:
    fails = {
        copied / "mlp-seed0": stop("PJ205", "the loss is not a number", where="step 3", why="it hurts.", try_="less"),
        copied / "cnn-seed1": error,
    }
    for path in fails:
        shutil.rmtree(path)

    def sometimes(job: Job, run: Run, *words: Any) -> Any:
        if run.path in fails:
            raise fails[run.path]
        return train_job(job, run, *words)

    monkeypatch.setattr(grid_module, "train_job", sometimes)
    half = train_grid(resume=copied)
    assert [(found.rule, found.severity) for found in half.findings] == [
        ("PJ205", "error"),
        (rule, "error"),
        ("PJ006", "note"),
    ]
    assert half.findings[2].where.endswith("in cnn-seed0, mlp-seed1")
    assert half.findings[1].what == f"cnn-seed1: {what}"
    assert [row.seeds for row in half.rows] == [(0,), (1,)]
    assert half.rows[0].score.low is None  # one seed has no interval
    page = (copied / "report.html").read_text()
    assert what in page
    assert "2 of 4 trainings are done" in page
    fails.clear()
    tried: list[Path] = []
    monkeypatch.setattr(grid_module, "train_job", lambda job, run, *words: tried.append(run.path))
    assert [found.rule for found in train_grid(resume=copied).findings] == ["PJ006"]
    assert tried == [copied / "mlp-seed0", copied / "cnn-seed1"]


def test_interrupted_it_stops_and_says_how_to_go_on(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(copied / "mlp-seed1")

    def stopped(*words: Any, **named: Any) -> Any:
        raise stop("interrupted", "^C", where="a run", why="you asked for it.", try_="penjing train --resume a run")

    monkeypatch.setattr(grid_module, "train_job", stopped)
    with pytest.raises(PenjingError) as caught:
        train_grid(resume=copied)
    assert caught.value.finding.rule == "interrupted"
    assert f"--resume {copied}" in caught.value.finding.try_
    assert Grid(copied).failures == {}


def test_two_processes_do_not_work_on_one_grid(copied: Path) -> None:
    with Run(copied).lock(), pytest.raises(PenjingError) as caught:
        train_grid(resume=copied)
    assert caught.value.finding.rule == "run-in-use"


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ({"models": ["cnn", "mpl"]}, "unknown-model"),
        ({"models": ["cnn", "cnn"]}, "given-twice"),
        ({"seeds": (1, 1)}, "given-twice"),
        ({"seeds": 0}, "usage"),
        ({"settings": {"seed": 3}}, "usage"),
        ({"settings": {"bach_size": 3}}, "unknown-setting"),
        ({"settings": {"track": "tensorbord"}}, "unknown-tracker"),
        ({"settings": {"budget": "0.001epochs"}}, "budget-too-short"),
        ({"models": ["resnet20", "plain20"], "settings": {"stochastic_depth": 0.2}}, "bad-setting"),
        ({"models": ["cnn", "mlp"], "settings": {"weights": "nowhere"}}, "no-such-path"),
        ({"source": None}, "usage"),
    ],
)
def test_what_would_stand_in_the_way_of_every_run_is_refused_before_the_first(
    tmp_path: Path, words: dict[str, Any], rule: str
) -> None:
    with pytest.raises(PenjingError) as caught:
        train_grid(**{"source": "sklearn:digits", "models": ["cnn"], "out": tmp_path / "grid"} | words)
    assert caught.value.finding.rule == rule
    assert not (tmp_path / "grid").exists()


def test_what_is_wrong_with_the_data_is_refused_before_the_first(tmp_path: Path) -> None:
    both = [f"{split}/{name}" for split in ("train", "test") for name in class_folders(9)]
    source = tree(tmp_path / "data", [*both, *(f"train/c/{i}.png" for i in range(9))])
    with pytest.raises(PenjingError, match="no example of c in test"):
        train_grid(source, models=["mlp"], seeds=2, out=tmp_path / "grid")
    assert not (tmp_path / "grid").exists()


def test_what_was_measured_for_all_is_kept_shown_told_to_each_and_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settled = {
        "precision": Choice("bf16", "measured here", "1 ms a step of mlp; the same for the whole grid"),
        "memory_format": Choice("channels_last", "measured here", "1 ms a step of mlp; the same for the whole grid"),
        "budget": Choice("1epochs", "measured here", "1 min of mlp; the same for the whole grid"),
    }
    measured: list[list[str]] = []

    def shared_settings(planned: list[Job], build: object) -> dict[str, Choice]:
        measured.append([job.config.model.model for job in planned])
        return settled

    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(shared_execution, "shared_settings", shared_settings)
    folder, settings = tmp_path / "grid", {"budget": "auto", "evaluations": 0, "batch_size": 512}
    with monkeypatch.context() as patched:
        patched.setattr(grid_module, "train_job", lambda *words, **named: None)
        train_grid("sklearn:digits", models=["mlp", "cnn"], settings=settings, out=folder)
    assert Grid(folder).asked.settled == settled
    said = capsys.readouterr().err
    before, _, _ = said.partition("1 of 2")
    assert (before.count("1 ms a step of mlp; the same for the whole grid"), before.count("as above")) == (1, 1)
    trained = train_grid(resume=folder)
    assert measured == [["mlp", "cnn"]]
    for run in map(Run, trained.runs):
        assert {name: run.config.origins[name] for name in settled} == settled
        assert (run.config.train.precision, run.config.train.budget) == ("bf16", "1epochs")
    assert [row.model for row in trained.rows] == ["mlp", "cnn"]


def test_another_grid_does_not_overwrite_one(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "plan", None)  # it is refused before anything is read
    with pytest.raises(PenjingError) as caught:
        train_grid("sklearn:digits", models=["cnn"], out=copied)
    assert caught.value.finding.rule == "run-exists"


def test_resume_stands_alone(copied: Path) -> None:
    with pytest.raises(PenjingError, match="stands alone; --model, --seeds, task, lr"):
        train_grid(resume=copied, models=["cnn"], seeds=2, task="classify", settings={"lr": 0.1})


def test_a_file_of_settings_is_kept_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('budget = "2steps"\n')
    read: list[str] = []
    monkeypatch.setattr(grid_module, "train_job", lambda job, run, *words: read.append(job.config.train.budget))
    train_grid("sklearn:digits", models=["mlp"], file=file, out=tmp_path / "grid")
    file.write_text('budget = "9steps"\n')
    train_grid(resume=tmp_path / "grid")
    assert read == ["2steps", "2steps"]


@pytest.mark.parametrize(("text", "seeds"), [("3", 3), ("0,1,2", (0, 1, 2)), ("7,", (7,))])
def test_seeds_are_how_many_or_which(text: str, seeds: object) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["0", "-1", "three", "1,,2", ""])
def test_what_names_no_seeds_is_refused(text: str) -> None:
    with pytest.raises(PenjingError):
        parse_seeds(text)


def test_folders_speak_and_stay_below_the_grid() -> None:
    assert folder_of("resnet20", 0) == "resnet20-seed0"
    assert folder_of("../nets.py:tiny", 1) == "nets.py-tiny-seed1"
    assert folder_of(None, 2) == "chosen-seed2"


def test_people_are_shown_the_table(trained: TrainedGrid, capsys: pytest.CaptureFixture[str]) -> None:
    grid_text.show(trained, Console(width=140))
    said = capsys.readouterr().out
    assert "cnn" in said
    assert f"penjing compare {trained.grid}" in said.replace("\n", "")


def test_people_are_told_what_was_measured_for_each_seed_and_differs(
    trained: TrainedGrid, capsys: pytest.CaptureFixture[str]
) -> None:
    row = msgspec.structs.replace(trained.rows[0], apart={"lr": (0.01, 0.02)})
    grid_text.show(msgspec.structs.replace(trained, rows=(row,)), Console(width=140))
    assert "cnn, measured for each seed, with different results: lr 0.01, 0.02" in capsys.readouterr().out


@pytest.mark.parametrize("models", [("--model", "mlp,cnn"), ("model=mlp,cnn",)])
def test_the_words_of_a_command_reach_every_training(
    cli: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: tuple[str, ...]
) -> None:
    told: list[tuple[Job, Telling]] = []
    monkeypatch.setattr(grid_module, "train_job", lambda job, run, way, telling: told.append((job, telling)))
    words = ("budget=2steps", "--explain-choices", "--out", tmp_path / "grid", "--json")
    assert cli("train", "sklearn:digits", *models, *words).code == 0
    configs = [job.config for job, _ in told]
    assert [config.model.model for config in configs] == ["mlp", "cnn"]
    assert [(config.train.budget, config.seed) for config in configs] == [("2steps", 0)] * 2
    assert all(telling.everything for _, telling in told)


@pytest.mark.parametrize(
    "words",
    [
        ("--resume", "{grid}", "--seeds", "2"),
        ("--again", "{grid}/cnn-seed0", "--seeds", "2"),
        ("sklearn:digits", "--seeds", "2", "--budget", "2steps", "budget=3steps"),
    ],
)
def test_words_that_contradict_each_other_are_refused(
    trained: TrainedGrid, cli: Callable[..., Said], words: tuple[str, ...]
) -> None:
    said = cli("train", *(word.format(grid=trained.grid) for word in words), "--json")
    assert (said.code, said.json["findings"][0]["rule"]) == (2, "usage")


def test_the_command_goes_on_with_a_grid_and_fails_where_a_run_does(
    copied: Path, cli: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("train", "--resume", copied, "--json").json["result"]["rows"][1]["model"] == "mlp"
    shutil.rmtree(copied / "mlp-seed1")

    def fails(*words: Any, **named: Any) -> Any:
        raise stop("PJ205", "the loss is not a number", where="step 3", why="it hurts.", try_="less")

    monkeypatch.setattr(grid_module, "train_job", fails)
    said = cli("train", "--resume", copied, "--json")
    assert (said.code, said.json["findings"][0]["rule"]) == (1, "PJ205")
