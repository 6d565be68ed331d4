"""Generate: every verb on a small seeded text, against formulas and against what the text was drawn from."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import penjing
from penjing import settling
from penjing.data.batches import Share
from penjing.findings import PenjingError
from penjing.run import Run
from penjing.runtime.artifact import Artifact
from penjing.runtime.steps.open_prompt import UNKNOWN
from penjing.runtime.steps.read_text import Reading
from penjing.runtime.steps.sample_text import Text
from penjing.tasks import generate
from penjing.tasks.task import Task
from penjing.tasks.texts import PADDING, Batch
from penjing.training import job as jobs
from penjing.training.session import fresh_network
from tests.conftest import REAL_DATA, Said

TASK: Task = generate  # mypy holds the module to the Protocol
SYLLABLES = ("ba", "ke", "mi", "no", "tu", "la")


class Written(NamedTuple):
    """A short training on the small text, and its file."""

    run: Path
    file: Path


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of words of two to four syllables: its end, and each second letter, can be foreseen only from afar."""
    rng = np.random.default_rng(0)
    lines = ["".join(rng.choice(SYLLABLES, size=n)) for n in rng.integers(2, 5, 1500)]
    file = tmp_path_factory.mktemp("words") / "words.txt"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture(scope="session")
def written(words: Path) -> Written:
    """A training of a few seconds."""
    asked = {"threads": 1, "width": 48, "batch_size": 64, "evaluations": 1}
    run = penjing.train(words, budget="8epochs", out=words.parent / "run", settings=asked)
    return Written(run.path, run.export(words.parent / "words.onnx"))


def planned(source: Path, **said: Any) -> jobs.Job:
    return jobs.plan(str(source), settling.asked(said))


def streamed(job: jobs.Job, network: torch.nn.Module) -> Any:
    return generate.stream(job.data.splits["train"], network, job.spec, job.config, Share())


def test_the_task_is_inferred_and_described_from_the_train_split(words: Path) -> None:
    job = planned(words, width=8)
    assert job.task is generate
    assert job.spec.characters == UNKNOWN + "\n" + "".join(sorted(set("".join(SYLLABLES))))
    assert (job.spec.are_lines, job.spec.longest, job.spec.width) == (True, 9, 8)


def test_blocks_of_prose_are_not_lines_and_do_not_end(tmp_path: Path) -> None:
    prose = tmp_path / "prose.txt"
    prose.write_text("It was a long night.\nNobody slept.\n\n" * 200)
    job = planned(prose)
    assert not job.spec.are_lines
    assert generate.pipeline(job.spec).steps[1].end == ""  # type: ignore[union-attr]


def test_a_batch_sets_each_character_beside_the_one_before_it(words: Path) -> None:
    job = planned(words, batch_size=16)
    stream = streamed(job, fresh_network(job))
    batch = stream.at(7)
    for x, y in zip(batch.x, batch.y, strict=True):
        text = "".join(job.spec.characters[i] for i in y[y != PADDING])
        assert text in job.data.splits["train"].inputs
        assert x[0] == 0  # UNKNOWN stands before a text
        assert torch.equal(x[1:][y[1:] != PADDING], y[:-1][y[1:] != PADDING])
    assert all(torch.equal(a, b) for a, b in zip(batch, stream.at(7), strict=True))


def test_the_loss_is_nats_per_character_without_padding(words: Path) -> None:
    job = planned(words, width=8, dropout=0)
    network = fresh_network(job)
    batch = streamed(job, network).at(0)
    log_p = F.log_softmax(network(batch.x), dim=-1)
    costs = [-log_p[i, t, c] for i, row in enumerate(batch.y.tolist()) for t, c in enumerate(row) if c != PADDING]
    loss = generate.loss(network, batch, job.spec, job.config).total
    torch.testing.assert_close(loss, torch.stack(costs).mean())
    assert loss.item() == pytest.approx(generate.start_loss(job.spec), rel=0.02)


def test_padding_changes_nothing(words: Path) -> None:
    job = planned(words, width=8, dropout=0)
    network = fresh_network(job)
    batch = streamed(job, network).at(0)
    padded = Batch(F.pad(batch.x, (0, 5)), F.pad(batch.y, (0, 5), value=PADDING))
    losses = [generate.loss(network, each, job.spec, job.config).total for each in (batch, padded)]
    torch.testing.assert_close(*losses)


def test_a_network_that_cannot_take_single_steps_is_refused(tmp_path: Path, words: Path) -> None:
    (tmp_path / "nets.py").write_text("from torch import nn\n\ndef flat(spec):\n    return nn.Linear(1, 1)\n")
    job = planned(words, model=f"{tmp_path / 'nets.py'}:flat")
    with pytest.raises(PenjingError, match="`step`"):
        fresh_network(job)


def test_bits_per_character_weigh_characters_and_not_texts(words: Path) -> None:
    readings = [Reading(2 * math.log(2), 1), Reading(3 * math.log(2), 9)]
    scores = generate.score(readings, ["a", "b"], planned(words).spec)
    assert scores.primary.value == pytest.approx(5 / 10)
    assert not scores.primary.higher_is_better


def test_a_character_that_training_never_saw_costs_much_but_not_all(written: Written) -> None:
    from penjing.data.dataset import Split
    from penjing.verbs.opened import open_for_judging

    opened = open_for_judging(written.file)
    (known, strange), _ = generate.answers(opened.predictor, Split(["bake\n", "baqe\n"], ["bake\n", "baqe\n"]))
    assert known.nats + 2 < strange.nats < math.inf
    (baseline,) = generate.baselines(opened.data(), opened.spec, Split(["baqe\n"], ["baqe\n"]))["trigram"]
    assert baseline.nats < math.inf


def test_the_network_learns_what_a_trigram_cannot(written: Written) -> None:
    """Words of two to four syllables of six: a trigram does not know how many syllables it has seen."""
    evaluation = Run(written.run).scores["test"]
    ours = evaluation["baselines"]["trigram"]["ours_less_this"]
    assert ours["low"] > 0
    best = math.log2(3) + 3 * math.log2(6)  # bits a word on average: its length, then its syllables
    assert evaluation["scores"]["primary"]["value"] > best / 7 * 0.97  # 7 characters on average, the end included


def test_two_engines_read_and_write_the_same(written: Written) -> None:
    by_torch, by_onnx = penjing.evaluate(written.run), penjing.evaluate(written.file)
    assert (by_torch.engine, by_onnx.engine) == ("torch", "onnxruntime")
    assert by_torch.scores.primary.value == pytest.approx(by_onnx.scores.primary.value, abs=1e-6)
    asked = {"samples": 20, "temperature": 0.8, "seed": 5}
    assert penjing.predict(written.run, "", "ba", settings=asked) == penjing.predict(
        written.file, "", "ba", settings=asked
    )


def test_the_file_proves_itself(written: Written) -> None:
    artifact = Artifact(written.file)
    assert list(artifact.graphs) == ["step"]
    assert [sample.input for sample in artifact.manifest.samples][:1] == [""]
    assert artifact.verify() == []


def test_predict_writes_by_command_without_torch(
    penjing: Callable[..., Said], written: Written, tmp_path: Path
) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('blocked')\n")
    said = penjing(
        *("predict", written.file, "--prompt", "Ba", "samples=5", "temperature=0.8", "seed=1", "--json"),
        PYTHONPATH=str(tmp_path),
    )
    assert said.code == 0, said.err
    (row,) = said.json["result"]
    assert len(row["answer"]["texts"]) == 5
    assert all(text.startswith("ba") and "\n" not in text for text in row["answer"]["texts"])
    refused = penjing("predict", written.file, "--prompt", "xyz", "--json", PYTHONPATH=str(tmp_path))
    assert refused.code == 2
    assert "'x', 'y', 'z'" in refused.json["findings"][0]["what"]


def test_killed_and_resumed_it_ends_in_the_same_bits(
    killed_and_whole: Callable[..., tuple[Path, Path]], words: Path
) -> None:
    killed, whole = killed_and_whole(words, "budget=24epochs", "width=32", "evaluations=2", kills=1)
    left, right = Run(killed).weights("last"), Run(whole).weights("last")
    assert left.keys() == right.keys()
    assert all(left[name].tobytes() == right[name].tobytes() for name in left)


def test_drawings_show_the_text_and_its_bits_or_what_was_written(words: Path) -> None:
    spec = planned(words).spec
    read = generate.draw("bake\n", Reading(5 * math.log(2), 5), "bake\n", spec)
    assert ">bake<" in read.svg
    assert read.caption == "1.00 bits per character"
    assert ">bami<" in generate.draw("ba", Text(("bake", "bami")), "", spec).svg


@pytest.mark.data
def test_in_half_its_budget_it_foresees_real_names_better_than_a_trigram(tmp_path: Path) -> None:
    names = REAL_DATA / "text" / "names.txt"
    if not names.exists():
        pytest.skip(f"there is no {names}")
    scores = penjing.train(names, budget="250steps", out=tmp_path / "run", settings={"threads": 1}).scores["test"]
    assert scores["baselines"]["trigram"]["ours_less_this"]["low"] > 0
    assert scores["baselines"]["trigram"]["scores"]["primary"]["value"] == pytest.approx(3.22, abs=0.02)
