"""The small parts of the loop, each against its formula."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from penjing.config import Budget, Train
from penjing.data.batches import Share
from penjing.findings import PenjingError
from penjing.tasks.task import Graph, Signature
from penjing.training import devices
from penjing.training.averaging import Average
from penjing.training.clock import Clock
from penjing.training.optimizers import optimizer_of
from penjing.training.schedules import rate
from penjing.training.torch_engine import TorchEngine


@given(st.floats(0, 1), st.sampled_from(["cosine", "linear", "constant"]), st.floats(0, 0.9))
def test_a_rate_stays_between_zero_and_its_peak(fraction: float, schedule: str, warmup: float) -> None:
    train = Train(lr=0.5, schedule=schedule, warmup=warmup)  # type: ignore[arg-type]
    assert 0 <= rate(fraction, train) <= 0.5


def test_warm_up_rises_in_a_line_and_cosine_halves_midway() -> None:
    train = Train(lr=1.0, schedule="cosine", warmup=0.2)
    assert [rate(f, train) for f in (0.05, 0.1, 0.2)] == pytest.approx([0.25, 0.5, 1.0])
    assert rate(0.6, train) == pytest.approx(0.5)
    assert rate(1.0, train) == pytest.approx(0.0)


def test_the_average_is_the_recursion_of_the_paper() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    average, expected = Average(network, 0.9), copy.deepcopy(network.state_dict())
    for step in range(50):
        for parameter in network.parameters():
            parameter.data += torch.randn_like(parameter)
        network[1].running_mean += 1  # type: ignore[operator]
        average.follow(step)
        decay = min(0.9, (1 + step) / (10 + step))
        for name, parameter in network.named_parameters():
            expected[name] = decay * expected[name] + (1 - decay) * parameter.detach()
    for name, parameter in average.network.named_parameters():
        assert torch.allclose(parameter, expected[name], atol=1e-5)
    assert torch.equal(average.network[1].running_mean, network[1].running_mean)  # type: ignore[index, arg-type, union-attr]


def test_norms_and_biases_are_not_decayed() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(2, 2))
    groups = optimizer_of(network, Train(weight_decay=0.3)).param_groups
    decayed = {id(p) for group in groups if group["weight_decay"] == 0.3 for p in group["params"]}
    assert decayed == {id(network[0].weight), id(network[2].weight)}
    assert sum(len(group["params"]) for group in groups) == len(list(network.parameters()))


def test_steps_and_epochs_are_counted_exactly() -> None:
    clock = Clock(Budget(2.5, "epochs"), steps_per_epoch=10)
    assert [clock.is_over(step) for step in (0, 24, 25)] == [False, False, True]
    assert clock.fraction(5) == 5 / 25


def test_seconds_go_on_after_a_resume() -> None:
    clock = Clock(Budget(100, "seconds"), steps_per_epoch=10, seconds=50)
    assert clock.fraction(0) == pytest.approx(0.5, abs=0.01)
    assert not clock.is_over(0)
    assert Clock(Budget(100, "seconds"), steps_per_epoch=10, seconds=101).is_over(0)


def test_several_processes_are_refused_and_one_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert devices.share() == Share(0, 1)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(PenjingError, match="2 processes"):
        devices.share()


def test_a_device_that_is_not_there_is_refused_and_others_are_said_to_be_untested() -> None:
    missing = next(name for name in ("mps", "cuda") if not getattr(torch.backends, name, torch.cuda).is_available())
    with pytest.raises(PenjingError, match=missing):
        devices.choose(missing)
    assert [note.severity for note in devices.untested(torch.device("cuda"))] == ["note"]
    assert devices.untested(torch.device("cpu")) == []


def test_dropout_seed_is_that_of_manual_seed() -> None:
    devices.seed_dropout(123, torch.device("cpu"))
    drawn = torch.rand(4)
    torch.manual_seed(123)
    assert torch.equal(drawn, torch.rand(4))


def test_the_engine_leaves_each_module_in_its_mode() -> None:
    network = nn.Sequential(nn.Dropout(0.5), nn.BatchNorm1d(3), nn.Linear(3, 1))
    network[1].eval()
    engine = TorchEngine({"g": Graph(network, {"x": Signature(("batch", 3), "float32")}, ("y",))})
    x = np.ones((4, 3), np.float32)
    first, second = engine.run("g", {"x": x}), engine.run("g", {"x": x})
    assert np.array_equal(first["y"], second["y"])  # no dropout while answering
    assert [module.training for module in network] == [True, False, True]
