"""The rules of a loop: on real loops the seeded fault is named first, sound loops in many styles stay silent."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import penjing
from penjing.rules import (
    cleared_before_step,
    evaluating_in_train_mode,
    gradients_not_cleared,
    loss_at_start,
    never_stepped,
    not_a_number,
    parameter_not_in_optimizer,
    softmax_before_cross_entropy,
    step_before_backward,
    training_in_eval_mode,
)
from penjing.rules.observe import INNER, Watch
from penjing.rules.on_loop import check_loop
from penjing.rules.trace import Backward, Forward, Step, Trace
from tests.rules import loops


@pytest.mark.parametrize("loop", loops.SOUND, ids=lambda loop: loop.__name__)
def test_silent_on_sound_loops(loop: Callable[[], None]) -> None:
    with Watch() as watch:
        loop()
    assert watch.trace.events
    assert watch.findings == []


@pytest.mark.parametrize("fault", loops.FAULTS)
def test_names_the_seeded_fault_first(fault: str) -> None:
    with Watch() as watch:
        loops.faulty(fault)
    first = watch.findings[0]
    assert first.rule == fault
    assert "loops.py, line " in first.where
    assert len(watch.findings) == 1


def test_names_the_cause_where_backward_breaks_on_a_step_before_it() -> None:
    model = loops.network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def loop() -> None:
        for step in range(3):
            x, y = loops.batch(step)
            loss = F.cross_entropy(model(x), y)
            optimizer.step()
            optimizer.zero_grad()
            loss.backward()

    with pytest.raises(RuntimeError, match="inplace"), Watch() as watch:
        loop()
    assert [found.rule for found in watch.findings] == ["PJ202"]


def test_names_the_cut_where_the_loss_has_no_graph() -> None:
    model = nn.Linear(10, 3)
    with pytest.raises(RuntimeError, match="does not require grad"), Watch() as watch:
        torch.tensor(F.cross_entropy(model(loops.X), loops.Y).item()).backward()
    assert [found.rule for found in watch.findings] == ["PJ204"]


def test_names_the_module_that_was_not_finite_first() -> None:
    class Root(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x - 10).sqrt()

    model = nn.Sequential(nn.Linear(10, 4), Root(), nn.Linear(4, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Watch(model, optimizer) as watch:
        F.cross_entropy(model(loops.X), loops.Y).backward()
        optimizer.step()
    assert watch.findings[0].rule == "PJ205"
    assert watch.findings[0].evidence["first"] == "1 (Root)"


@pytest.mark.parametrize("within", [list, dict], ids=["list", "dict"])
def test_layers_in_a_plain_list_or_dict_are_left_out(within: type) -> None:
    with Watch() as watch:
        loops.holding(within, hidden="forgotten")
    assert [found.rule for found in watch.findings] == ["PJ106"]
    found = watch.findings[0]
    assert found.severity == "error"
    assert found.evidence == {"left_out": 3 * 110, "values": 3 * 110 + 33}
    assert "weight of a Linear that is not registered" in found.where
    assert "nn.ModuleList" in found.try_


@pytest.mark.parametrize("within", [list, dict], ids=["list", "dict"])
@pytest.mark.parametrize("hidden", ["frozen", "own optimizer"])
def test_layers_in_a_plain_list_or_dict_may_be_frozen_or_have_their_own_optimizer(within: type, hidden: str) -> None:
    with Watch() as watch:
        loops.holding(within, hidden=hidden)
    assert watch.findings == []


def test_layers_made_anew_in_each_forward_do_not_pile_up() -> None:
    class Anew(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(10, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(nn.Linear(10, 10)(x))

    model = Anew()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Watch() as watch:
        for step in range(20):
            x, y = loops.batch(step)
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
    assert [found.rule for found in watch.findings] == ["PJ106"]
    assert len(watch.trace.parameters) == 2 + 2 * INNER


def test_a_loss_that_is_no_number_is_named_though_its_gradients_are() -> None:
    model = nn.Linear(10, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    with Watch() as watch:
        for step in range(loops.STEPS):
            optimizer.zero_grad()
            torch.log(model(loops.batch(step)[0])).mean().backward()
            optimizer.step()
    assert [found.rule for found in watch.findings] == ["PJ205"]
    assert watch.findings[0].severity == "error"
    assert watch.findings[0].evidence["losses"] == loops.STEPS
    assert "loops" not in watch.findings[0].where
    assert "test_on_loop.py, line " in watch.findings[0].where


@pytest.mark.parametrize(
    ("losses", "stepped", "severity"),
    [(1, False, None), (2, False, None), (1, True, "warning"), (3, False, "error"), (3, True, "error")],
)
def test_a_loss_that_a_loop_leaves_out_is_sound(losses: int, stepped: bool, severity: str | None) -> None:
    found = not_a_number.check(not_a_number.Evidence(0, losses=losses, stepped=stepped))
    assert (found.severity if found else None) == severity


@pytest.mark.parametrize("other", [1, 2], ids=["what the backward reached", "something else"])
def test_a_single_infinite_loss_needs_a_step_of_what_it_reached(other: int) -> None:
    events = [
        Backward(where="a.py, line 1", loss=math.inf, reached=frozenset({1})),
        Step(optimizer=1, where="a.py, line 2", parameters=frozenset({other})),
    ]
    assert not_a_number.Evidence.of(Trace(events=events)).stepped == (other == 1)


def test_a_mode_that_an_evaluation_left_behind_is_found() -> None:
    model = loops.network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Watch(model, optimizer) as watch:
        for step in range(8):
            x, y = loops.batch(step)
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
            if step == 3:
                loops.evaluate(model)
                model.eval()
    assert [found.rule for found in watch.findings] == ["PJ110"]
    assert watch.findings[0].evidence["steps"] == 4


def test_most_values_left_out_is_an_error_and_few_a_warning() -> None:
    few = parameter_not_in_optimizer.Evidence(steps=3, values=100, left_out=50)
    most = parameter_not_in_optimizer.Evidence(steps=3, values=100, left_out=51)
    severities = [found.severity for e in (few, most) if (found := parameter_not_in_optimizer.check(e))]
    assert severities == ["warning", "error"]


@pytest.mark.parametrize(
    ("loss", "fires"), [(2.30, False), (2.87, False), (2.89, True), (1.73, False), (1.71, True)], ids=str
)
def test_loss_at_start_holds_to_a_quarter_of_ln_10(loss: float, fires: bool) -> None:
    theory = math.log(10)
    assert (loss_at_start.check(loss_at_start.Evidence((loss,), theory, theory, "")) is not None) == fires


def test_loss_at_start_is_silent_without_theory_and_on_trained_networks() -> None:
    assert loss_at_start.check(loss_at_start.Evidence((9.0,), None, None, "")) is None
    assert loss_at_start.check(loss_at_start.Evidence((0.1,), math.log(10), None, "")) is None


def test_a_start_loss_that_is_told_is_compared_with_the_whole_loss() -> None:
    model = nn.Linear(10, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with penjing.watch(model, optimizer, start_loss=5.0) as watch:
        (model(loops.X).square().mean() * 0 + 9).backward()
        optimizer.step()
    assert watch.findings[0].rule == "PJ101"
    assert watch.findings[0].evidence["mean"] == 9


def test_log_softmax_twice_is_only_a_note() -> None:
    found = softmax_before_cross_entropy.check(softmax_before_cross_entropy.Evidence("log_softmax", 10, "a.py, line 1"))
    assert found is not None
    assert found.severity == "note"


def test_the_floor_that_softmax_twice_leaves_is_what_a_certain_network_gets() -> None:
    found = softmax_before_cross_entropy.check(softmax_before_cross_entropy.Evidence("softmax", 10))
    certain = torch.zeros(1, 10)
    certain[0, 3] = 1e4
    assert found is not None
    expected = F.cross_entropy(certain.softmax(dim=1), torch.tensor([3])).item()
    assert found.evidence["lowest_loss"] == pytest.approx(expected, abs=1e-5)


def test_dropout_alone_left_on_is_a_warning() -> None:
    seen = evaluating_in_train_mode.Evidence(96, 32, "Net", ("dropout",), "")
    found = evaluating_in_train_mode.check(seen)
    assert found is not None
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("check", "enough", "too_few"),
    [
        (gradients_not_cleared.check, gradients_not_cleared.Evidence(3), gradients_not_cleared.Evidence(2)),
        (never_stepped.check, never_stepped.Evidence(5, 5, ended=False), never_stepped.Evidence(5, 4, ended=False)),
        (never_stepped.check, never_stepped.Evidence(5, 0, ended=True), never_stepped.Evidence(4, 0, ended=True)),
        (cleared_before_step.check, cleared_before_step.Evidence(5, 3), cleared_before_step.Evidence(6, 3)),
        (training_in_eval_mode.check, training_in_eval_mode.Evidence(3), training_in_eval_mode.Evidence(2)),
        (step_before_backward.check, step_before_backward.Evidence(3, 0), step_before_backward.Evidence(2, 0)),
    ],
)
def test_thresholds(check: Callable[[object], object], enough: object, too_few: object) -> None:
    assert check(enough) is not None
    assert check(too_few) is None


def test_a_trace_can_be_written_by_hand() -> None:
    """The rules need no torch: forward, step, backward in this order is PJ202 wherever it comes from."""
    one = frozenset({1})
    round_ = [
        Forward(module=1, where="a.py, line 1", training=True, recording=True),
        Step(optimizer=1, where="a.py, line 2", parameters=one, gradients="cleared"),
        Backward(where="a.py, line 3", loss=1.0, reached=one),
    ]
    trace = Trace(
        events=3 * round_,
        parameters={1: penjing.rules.trace.Parameter("w", 1)},
        modules={1: penjing.rules.trace.Module("Net", one)},
        optimizers={1: one},
    )
    assert [found.rule for found in check_loop(trace)] == ["PJ202"]
