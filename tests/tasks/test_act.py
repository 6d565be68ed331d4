"""Act, from the command to the file: learned, killed and resumed, shipped, and held against policies of no network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import penjing as package
from penjing.config import Config
from penjing.run import Run
from penjing.settling import asked
from penjing.tasks import act
from penjing.tasks.rollouts import Batch
from penjing.tasks.task import Task
from penjing.training.job import plan

TASK: Task = act  # mypy holds the module to the Protocol


@pytest.fixture(scope="module")
def cartpole_run(penjing: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`penjing train cartpole` with nothing else said."""
    folder = tmp_path_factory.mktemp("cartpole")
    said = penjing("train", "cartpole", "--out", folder / "cartpole", "--json", cwd=folder)
    assert said.code == 0, said.err
    return folder / "cartpole"


@pytest.fixture(scope="module")
def cartpole_file(cartpole_run: Path) -> Path:
    return package.export(cartpole_run, cartpole_run.with_suffix(".onnx"))


def test_with_its_defaults_it_balances_on_a_hundred_unseen_seeds(cartpole_run: Path) -> None:
    test = Run(cartpole_run).scores["test"]
    primary = test["scores"]["primary"]
    assert (primary["name"], primary["n"]) == ("return", 100)
    assert primary["value"] >= 450
    assert test["baselines"]["random"]["ours_less_this"]["low"] > 400


def test_baselines_are_where_they_are_known_to_be(cartpole_run: Path) -> None:
    """Random play lasts 22 steps on average (Gymnasium's CartPole-v1 the same); the heuristic never falls."""
    baselines = Run(cartpole_run).scores["test"]["baselines"]
    assert 19 < baselines["random"]["scores"]["primary"]["value"] < 26
    assert baselines["heuristic"]["scores"]["primary"]["value"] == 500


def test_killed_it_ends_in_the_same_bits(killed_and_whole: Callable[..., tuple[Path, Path]]) -> None:
    killed, whole = killed_and_whole("cartpole", "budget=2000steps", "evaluations=2", kills=1)
    for name in ("last", "best"):
        weights = [Run(path).weights(name) for path in (killed, whole)]
        assert all((weights[0][key] == weights[1][key]).all() for key in weights[1])


def test_the_file_plays_as_the_run_does(cartpole_run: Path, cartpole_file: Path) -> None:
    assert package.verify(cartpole_file).findings == ()
    by_run, by_file = (
        package.evaluate(cartpole_run, split="validation"),
        package.evaluate(cartpole_file, split="validation"),
    )
    assert by_run.scores.primary == by_file.scores.primary
    assert (by_run.engine, by_file.engine) == ("torch", "onnxruntime")


def test_the_file_answers_observations_without_torch(penjing: Callable[..., Any], cartpole_file: Path) -> None:
    no_torch = cartpole_file.parent / "blocked"
    no_torch.mkdir()
    (no_torch / "torch.py").write_text("raise ImportError('blocked')")
    said = penjing("predict", cartpole_file, "[0,0,0.1,0.5]", "[0,0,-0.1,-0.5]", "--json", PYTHONPATH=str(no_torch))
    assert said.code == 0, said.err
    answers = [row["answer"] for row in said.json["result"]]
    assert [(answer["number"], answer["name"]) for answer in answers] == [(1, "right"), (0, "left")]
    assert all(sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5) for answer in answers)


def test_what_is_no_observation_is_a_finding(cli: Callable[..., Any], cartpole_file: Path) -> None:
    said = cli("predict", cartpole_file, "[0,0.1]", "--json")
    assert said.code == 2
    assert said.json["findings"][0]["rule"] == "not-an-observation"


def settled(**typed: Any) -> tuple[Any, Config[Any]]:
    job = plan("cartpole", asked(typed))
    return job.spec, job.config


def fixed(logits: list[float], value: float) -> nn.Module:
    """A network that says the same of every observation."""

    class Fixed(nn.Module):
        def forward(self, observation: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return torch.tensor([logits] * len(observation)), torch.full((len(observation),), value)

    return Fixed()


def test_the_loss_is_the_papers_clipped_objective() -> None:
    """Probabilities are 0.8 and 0.2 now and were 0.5: ratios 1.6 and 0.4, clipped to 1.2 and 0.8 where that is less."""
    spec, config = settled(entropy_weight=0.1, value_weight=0.25)
    batch = Batch(
        observation=torch.zeros(4, 4),
        action=torch.tensor([0, 0, 1, 1]),
        log_probability=torch.full((4,), 0.5).log(),
        advantage=torch.tensor([3.0, 1.0, 3.0, 1.0]),  # 1, -1, 1, -1 when normalized
        returns=torch.tensor([7.0, 7.0, 3.0, 3.0]),
    )
    loss = act.loss(fixed(np.log([0.8, 0.2]).tolist(), 5.0), batch, spec, config)
    objective = np.mean([1.2, -1.6, 0.4, -0.8])
    entropy = -(0.8 * np.log(0.8) + 0.2 * np.log(0.2))
    assert loss.parts["policy"].item() == pytest.approx(-objective, rel=1e-5)
    assert loss.parts["value"].item() == pytest.approx(4)
    assert loss.parts["entropy"].item() == pytest.approx(entropy, rel=1e-5)
    assert loss.parts["clipped"].item() == 1
    assert loss.total.item() == pytest.approx(-objective + 0.25 * 4 - 0.1 * entropy, rel=1e-5)


def test_several_processes_would_play_other_episodes() -> None:
    from penjing.data.batches import Share

    job = plan("cartpole", {})
    network = act.network(job.spec, job.config)
    split = job.data.splits["train"]
    first, second = (act.stream(split, network, job.spec, job.config, Share(rank, 2)).at(0) for rank in (0, 1))
    assert len(first.action) == len(second.action) == 128
    assert not torch.equal(first.observation, second.observation)
