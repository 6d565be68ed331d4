"""The loop: the weights of the one that one would write by hand, whoever watches."""

import io
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from rich.console import Console
from torch import nn

from penjing import randomness
from penjing.budget import Budget, parse_budget
from penjing.data.batches import Share
from penjing.findings import Finding, PenjingError
from penjing.models.cnn import CNN
from penjing.run import Run
from penjing.tasks.task import Loss
from penjing.training import checkpoint, schedules
from penjing.training.averaging import average_of
from penjing.training.clock import Clock
from penjing.training.job import Job
from penjing.training.loop import Observer, Step, fit
from penjing.training.optimizers import optimizer_of
from penjing.training.session import fit_run, fresh_network

CPU = torch.device("cpu")


def trained(job: Job, observers: list[Observer], network: nn.Module | None = None) -> dict[str, bytes]:
    """Weights after our loop, as bytes."""
    network = network or fresh_network(job)
    stream = job.task.stream(job.data.splits["train"], network, job.spec, job.config, Share())
    fit(
        job.task,
        network,
        stream,
        job.spec,
        job.config,
        optimizer=optimizer_of(network, job.config.train),
        follow=average_of(network, 0)[1],
        clock=Clock(parse_budget(job.config.train.budget), stream.steps_per_epoch),
        device=CPU,
        observers=observers,
        tell=lambda finding: None,
    )
    return {name: array.tobytes() for name, array in checkpoint.arrays_of(network).items()}


@pytest.mark.parametrize("settings", [{}, {"optimizer": "sgd", "lr": 0.1, "clip": 0, "schedule": "linear"}])
def test_gives_the_weights_of_a_loop_written_by_hand(job: Callable[..., Job], settings: dict[str, object]) -> None:
    planned = job(**settings)
    train = planned.config.train
    network = fresh_network(planned)
    stream = planned.task.stream(planned.data.splits["train"], network, planned.spec, planned.config, Share())
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": train.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    optimizer: torch.optim.Optimizer
    if train.optimizer == "sgd":
        optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True, fused=True)
    else:
        optimizer = torch.optim.AdamW(groups, lr=3e-3, fused=True)
    for step in range(20):
        torch.manual_seed(randomness.integer(0, "network", step))
        for group in optimizer.param_groups:
            group["lr"] = schedules.rate(step / 20, train)
        x, y = stream.at(step)
        loss = torch.nn.functional.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        if train.clip:
            torch.nn.utils.clip_grad_norm_(network.parameters(), train.clip)
        optimizer.step()
    by_hand = {name: array.tobytes() for name, array in checkpoint.arrays_of(network).items()}
    assert trained(planned, []) == by_hand


def test_no_order_of_observers_changes_the_weights_and_a_broken_one_is_left_out(job: Callable[..., Job]) -> None:
    seen: list[Step] = []

    def draws_random_numbers(step: Step) -> None:
        torch.rand(3)

    def breaks(step: Step) -> None:
        raise RuntimeError("no more paper")

    alone = trained(job(), [])
    for order in itertools.permutations([seen.append, draws_random_numbers, breaks]):
        assert trained(job(), list(order)) == alone
    assert len(seen) == 6 * 20


def test_a_failing_observer_is_a_finding(job: Callable[..., Job]) -> None:
    planned = job(budget="2steps")
    network = fresh_network(planned)
    stream = planned.task.stream(planned.data.splits["train"], network, planned.spec, planned.config, Share())

    def printer(step: Step) -> None:
        raise OSError("no more paper")

    failures = list[Finding]()
    fit(
        planned.task,
        network,
        stream,
        planned.spec,
        planned.config,
        optimizer=optimizer_of(network, planned.config.train),
        follow=lambda step: None,
        clock=Clock(Budget(2, "steps"), 1),
        device=CPU,
        observers=[printer],
        tell=failures.append,
    )
    assert [(failure.rule, failure.severity) for failure in failures] == [("observer-failed", "warning")]
    assert "printer failed" in failures[0].what
    assert "no more paper" in failures[0].what


def said_of_a_steep_loss(step: int, planned: Job, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is said and advised where the loss is finite, and its slope is not from this step on."""
    calls, loss = itertools.count(), planned.task.loss

    def steep(*arguments: Any) -> Loss:
        zero = 0 * arguments[0].head.weight.sum() if next(calls) >= step else torch.ones(())
        return Loss(loss(*arguments).total + zero.sqrt())

    monkeypatch.setattr(planned.task, "loss", steep)
    with pytest.raises(PenjingError) as caught:
        trained(planned, [])
    found = caught.value.finding
    assert found.rule == "PJ205"
    return f"{found.what}; {found.try_}"


@pytest.mark.parametrize("step", [0, 3])
def test_a_gradient_alone_that_is_not_finite_is_not_called_a_loss(
    job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    said = said_of_a_steep_loss(step, job(), monkeypatch)
    assert said.startswith("the gradient is not a finite number; the first that is not is the gradient itself; ")
    assert "its slope is infinite" in said


@pytest.mark.parametrize(("clip", "advice"), [(1.0, "--clip 0.1"), (0, "--clip 1")])
def test_what_is_tried_against_a_loss_that_grew_beyond_all_numbers_is_not_what_was_done(
    job: Callable[..., Job], clip: float, advice: str
) -> None:
    planned = job(optimizer="sgd", lr=1e30, clip=clip, weight_decay=0, warmup=0)
    with pytest.raises(PenjingError) as caught:
        trained(planned, [])
    assert caught.value.finding.try_ == f"a smaller --lr, or {advice}"


def test_a_step_that_is_not_finite_is_looked_at_as_it_was(
    job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the precision, pieces and dropout of the step: the same outputs of the head, piece by piece."""
    planned = job(model="cnn", dropout=0.5, precision="bf16", accumulate=2)
    network, seen, loss = fresh_network(planned), list[torch.Tensor](), planned.task.loss
    network.head.register_forward_hook(lambda module, inputs, output: seen.append(output.detach()))  # type: ignore[operator, union-attr]
    monkeypatch.setattr(planned.task, "loss", lambda *arguments: Loss(loss(*arguments).total * float("nan")))
    with pytest.raises(PenjingError, match="the first that is not is the loss itself"):
        trained(planned, [], network)
    assert len(seen) == 4
    assert seen[0].dtype == torch.bfloat16
    assert torch.equal(torch.cat(seen[:2]), torch.cat(seen[2:]))


def test_not_a_number_names_the_module_and_leaves_the_weights(
    job: Callable[..., Job], new_run: Callable[[Job], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = job(save_every=1e-9)
    run = new_run(planned)
    calls = itertools.count()
    forward = CNN.forward

    def faulty(self: CNN, x: torch.Tensor) -> torch.Tensor:
        if self.training and next(calls) >= 12:
            with torch.no_grad():
                self.stages[1].norm.weight.fill_(float("nan"))
        return forward(self, x)

    monkeypatch.setattr(CNN, "forward", faulty)
    with pytest.raises(PenjingError) as caught:
        fit_run(planned, fresh_network(planned), run, Console(file=io.StringIO()))
    assert caught.value.finding.rule == "PJ205"
    assert "step 12" in caught.value.finding.where
    assert "stages.1.norm (BatchNorm2d)" in caught.value.finding.what
    assert "what was saved before it is whole" in caught.value.finding.why  # claims no saving where there was none
    assert run.findings[0].rule == "PJ205"
    saved = run.checkpoint()
    assert saved is not None
    assert saved[1]["step"] == 12
    assert all(torch.isfinite(torch.from_numpy(array)).all() for array in saved[0].values())
