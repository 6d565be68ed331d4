"""Gradients in pieces are those of the whole batch."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from penjing.budget import parse_budget
from penjing.data.batches import Share
from penjing.findings import PenjingError
from penjing.run import Run
from penjing.tasks.pictures import LabelledPictures
from penjing.training.clock import Clock
from penjing.training.gradients import add_gradients, norms_in_pieces, pieces_of
from penjing.training.job import Job
from penjing.training.loop import Step, fit
from penjing.training.optimizers import optimizer_of
from penjing.training.session import fit_run, fresh_network
from tests.tasks.shapes import job_on
from tests.tasks.test_balance import uneven
from tests.training.test_session import QUIET


def trained(job: Job) -> tuple[dict[str, Tensor], list[float]]:
    """Weights and losses after our loop."""
    network, told = fresh_network(job), list[Step]()
    stream = job.task.stream(job.data.splits["train"], network, job.spec, job.config, Share())
    fit(
        job.task,
        network,
        stream,
        job.spec,
        job.config,
        optimizer=optimizer_of(network, job.config.train),
        follow=lambda step: None,
        clock=Clock(parse_budget(job.config.train.budget), stream.steps_per_epoch),
        device=torch.device("cpu"),
        observers=[told.append],
        tell=lambda finding: None,
    )
    return dict(network.state_dict()), [step.loss for step in told]


@pytest.mark.parametrize("settings", [{"optimizer": "sgd", "lr": 0.1}, {"optimizer": "adamw"}], ids=["sgd", "adamw"])
@pytest.mark.parametrize("pieces", [2, 7])  # seven of 50 are not of one size
def test_pieces_give_the_weights_of_the_big_batch(
    job: Callable[..., Job], settings: dict[str, object], pieces: int
) -> None:
    common = {"model": "mlp", "batch_size": 50, "budget": "12steps"} | settings
    whole, losses = trained(job(**common))
    cut, losses_cut = trained(job(accumulate=pieces, **common))
    assert losses_cut == pytest.approx(losses, rel=1e-4)
    for name, tensor in whole.items():
        torch.testing.assert_close(cut[name], tensor, rtol=1e-3, atol=2e-5)


def test_parts_are_weighted_as_the_whole_is(job: Callable[..., Job]) -> None:
    planned, in_pieces = job(model="mlp"), job(model="mlp", accumulate=3)
    network = fresh_network(planned)
    batch = planned.task.stream(planned.data.splits["train"], network, planned.spec, planned.config, Share()).at(0)

    class Parted:
        @staticmethod
        def loss(*arguments: object) -> object:
            loss = planned.task.loss(*arguments)  # type: ignore[arg-type]
            return loss._replace(parts={"twice": 2 * loss.total.detach()})

    loss = add_gradients(Parted, network, batch, planned.spec, in_pieces.config, 0)  # type: ignore[arg-type]
    assert loss.parts["twice"].item() == pytest.approx(2 * loss.total.item())


def test_watching_rules_find_no_fault_in_pieces(job: Callable[..., Job], new_run: Callable[[Job], Run]) -> None:
    planned = job(accumulate=4, budget="25steps")
    run = new_run(planned)
    fit_run(planned, fresh_network(planned), run, QUIET)
    assert [found.rule for found in run.findings] == ["norms-in-pieces"]  # of `cnn`


@pytest.mark.parametrize(("model", "accumulate", "told"), [("cnn", 1, 0), ("mlp", 4, 0), ("cnn", 4, 1)])
def test_batch_norm_in_pieces_is_told(job: Callable[..., Job], model: str, accumulate: int, told: int) -> None:
    network = fresh_network(job(model=model))
    assert [(one.rule, one.severity) for one in norms_in_pieces(network, accumulate)] == [
        ("norms-in-pieces", "note")
    ] * told


@pytest.mark.parametrize("mixed", [0.0, 1.0])
@pytest.mark.parametrize("settings", [{"optimizer": "sgd", "lr": 0.05}, {"optimizer": "muon"}], ids=["sgd", "muon"])
def test_pieces_give_the_weights_of_the_big_batch_where_classes_are_weighted(
    settings: dict[str, object], mixed: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    common = {"model": "mlp", "batch_size": 50, "budget": "12steps", "cutmix": mixed} | settings
    planned = job_on(uneven(40), monkeypatch, common)
    assert planned.config.options.balance == "weights"
    whole, losses = trained(planned)
    cut, losses_cut = trained(job_on(uneven(40), monkeypatch, common | {"accumulate": 8}))
    assert losses_cut == pytest.approx(losses, rel=1e-4)
    for name, tensor in whole.items():
        torch.testing.assert_close(cut[name], tensor, rtol=1e-3, atol=2e-5)


def test_every_example_is_in_one_piece_and_none_is_empty() -> None:
    batch = LabelledPictures(torch.arange(5.0).view(5, 1, 1, 1), torch.arange(5))
    for count in (1, 2, 5, 9):
        pieces = list(pieces_of(batch, count))
        assert len(pieces) == min(count, 5)
        assert torch.equal(torch.cat([piece.y for piece, _ in pieces]), batch.y)
        assert [weight for _, weight in pieces] == [len(piece.x) / 5 for piece, _ in pieces]


def test_a_batch_that_cannot_be_cut_is_refused() -> None:
    class Packed(NamedTuple):
        features: Tensor
        weight: Tensor

    with pytest.raises(PenjingError, match=r"features \(4, 2\), weight \(\)") as caught:
        list(pieces_of(Packed(torch.zeros(4, 2), torch.zeros(())), 2))
    assert caught.value.finding.rule == "not-in-pieces"
