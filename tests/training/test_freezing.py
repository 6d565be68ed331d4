"""Freezing, thawing and slowed blocks: functions of settings and budget, exact to the bit."""

import io
from collections.abc import Callable

import pytest
import torch
from rich.console import Console
from torch import Tensor, nn

from penjing.config import Train
from penjing.findings import PenjingError
from penjing.models.center_net import CenterNet
from penjing.models.char_gru import CharGRU
from penjing.models.cnn import CNN
from penjing.models.fast_net import FastNet
from penjing.models.light_net import LightNet
from penjing.models.resnet import ResNet
from penjing.models.vgg import VGG
from penjing.run import Run
from penjing.training import schedules
from penjing.training.blocks import blocks_of
from penjing.training.freezing import factors_of
from penjing.training.job import Job
from penjing.training.loop import Step
from penjing.training.optimizers import optimizer_of
from penjing.training.session import fit_run, fresh_network, initialize

QUIET = Console(file=io.StringIO())
FROZEN = ["stages.0", "stages.1", "stages.3", "stages.4"]  # the body of `cnn`; pools stand between


def state_of(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def moved(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    """Blocks of `cnn` in which anything differs, batch norms' statistics included."""
    names = [name for name in before if not torch.equal(before[name], after[name])]
    return {name.rsplit(".", 2)[0] if name.startswith("stages") else "head" for name in names}


@pytest.mark.parametrize(
    ("network", "names"),
    [
        (CNN(3), [*FROZEN, "head"]),
        (ResNet(3), ["conv1", *(f"layer{i}.{j}" for i in range(1, 5) for j in range(2)), "fc"]),
        (LightNet(3), ["stem.0.0", *(f"stages.{i}" for i in range(4)), "head"]),
    ],
    ids=["cnn", "resnet18", "light"],
)
def test_blocks_are_the_parts_from_input_to_head(network: nn.Module, names: list[str]) -> None:
    assert [block.name for block in blocks_of(network)] == names


@pytest.mark.parametrize("build", [CNN, FastNet, LightNet, ResNet, VGG, CharGRU, CenterNet])
def test_every_parameter_is_in_one_block(build: Callable[[int], nn.Module]) -> None:
    network = build(3)
    held = [name for block in blocks_of(network) for name in block.parameters]
    assert sorted(held) == sorted(name for name, _ in network.named_parameters())


def test_own_parameters_are_of_the_first_block_and_shared_ones_of_the_first_that_has_them() -> None:
    network = nn.Module()
    network.position = nn.Parameter(torch.zeros(3))
    network.table, network.norm, network.head = nn.Linear(3, 3), nn.LayerNorm(3), nn.Linear(3, 3)
    network.head.weight = network.table.weight
    first, last = blocks_of(network)
    assert set(first.parameters) == {"position", "table.weight", "table.bias", "norm.weight", "norm.bias"}
    assert set(last.parameters) == {"head.bias"}


@pytest.mark.parametrize("settings", [{"optimizer": "adamw"}, {"optimizer": "sgd", "ema": 0.9}])
def test_what_is_frozen_is_the_same_to_the_bit_after_training(
    job: Callable[..., Job], new_run: Callable[[Job], Run], settings: dict[str, object]
) -> None:
    planned = job(budget="25steps", freeze="body", weight_decay=0.5, **settings)
    network, run = fresh_network(planned), new_run(planned)
    before = state_of(network)
    fit_run(planned, network, run, QUIET)
    assert moved(before, network.state_dict()) == {"head"}
    assert [found.rule for found in run.findings if not found.rule.startswith("PJ0")] == []  # of the data


def test_blocks_thaw_in_turn_the_last_first(job: Callable[..., Job], new_run: Callable[[Job], Run]) -> None:
    planned = job(budget="16steps", freeze="body", unfreeze=0.5, warmup=0, evaluations=5)
    network, run = fresh_network(planned), new_run(planned)
    before, first_moved = state_of(network), dict[str, int]()

    def look(step: Step) -> None:
        for name in moved(before, network.state_dict()):
            first_moved.setdefault(name, step.step)

    fit_run(planned, network, run, QUIET, also=[look])
    assert first_moved == {"head": 1, "stages.4": 3, "stages.3": 5, "stages.1": 7, "stages.0": 9}
    assert [found.rule for found in run.findings if not found.rule.startswith("PJ0")] == []  # of the data


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "muon"])
def test_broken_off_while_it_thaws_and_gone_on_with_it_ends_in_the_same_bits(
    job: Callable[..., Job], new_run: Callable[[Job], Run], optimizer: str
) -> None:
    planned = job(
        budget="12steps", freeze="body", unfreeze=0.7, layer_decay=0.7, optimizer=optimizer, save_every=1e-9, ema=0.9
    )
    whole, broken = new_run(planned), new_run(planned)
    fit_run(planned, fresh_network(planned), whole, QUIET)
    for last in (1, 4, 7):

        def breaks(step: Step, last: int = last) -> None:
            if step.step == last:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fit_run(planned, fresh_network(planned), broken, QUIET, also=[breaks])
    fit_run(planned, fresh_network(planned), broken, QUIET)
    for name, array in whole.weights("last").items():
        assert array.tobytes() == broken.weights("last")[name].tobytes()


def test_rates_of_blocks_reach_the_optimizer_and_follow_the_schedule() -> None:
    network, train = CNN(3), Train(lr=0.1, schedule="constant", warmup=0, layer_decay=0.5, freeze="stem")
    optimizer = optimizer_of(network, train)
    schedules.set_rates(optimizer, 0.3, train)
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    found = {name: rates.get(id(p)) for name, p in network.named_parameters()}
    expected = {"head": 0.1, "stages.4": 0.05, "stages.3": 0.025, "stages.1": 0.0125, "stages.0": None}
    assert found == {name: expected[next(b for b in expected if name.startswith(b))] for name in found}
    assert not network.stages[0].conv.weight.requires_grad  # type: ignore[union-attr]


def test_by_default_no_block_is_treated_apart() -> None:
    assert factors_of(CNN(3), Train()) == {}
    assert set(factors_of(CNN(3), Train(freeze="body", unfreeze=0.5)).values()) <= {1.0}


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"freeze": 5}, "bad-setting"),
        ({"freeze": 99, "unfreeze": 0.5}, "bad-setting"),
        ({"freeze": "head"}, "bad-setting"),
        ({"freeze": -1}, "bad-setting"),
        ({"unfreeze": 0.5}, "unused-setting"),
        ({"layer_decay": 0}, "bad-setting"),
    ],
    ids=str,
)
def test_what_cannot_be_frozen_is_one_finding(job: Callable[..., Job], settings: dict[str, object], rule: str) -> None:
    with pytest.raises(PenjingError) as caught:
        fresh_network(job(**settings))
    assert caught.value.finding.rule == rule


def test_weights_that_are_frozen_as_they_were_drawn_are_warned_of(job: Callable[..., Job]) -> None:
    (found,) = initialize(job(freeze="stem")).findings
    assert (found.rule, found.severity) == ("frozen-at-random", "warning")
    assert "stages.0.conv.weight" in found.what
    assert initialize(job(freeze="stem", unfreeze=0.5)).findings == []


def test_frozen_blocks_take_no_gradient_before_their_time(
    job: Callable[..., Job], new_run: Callable[[Job], Run]
) -> None:
    planned = job(budget="8steps", freeze="body", unfreeze=1.0)
    network, takers = fresh_network(planned), list[int]()
    look = lambda step: takers.append(sum(p.grad is not None for p in network.parameters()))  # noqa: E731
    fit_run(planned, network, new_run(planned), QUIET, also=[look])
    assert takers == sorted(takers)
    assert (takers[0], takers[-1]) == (2, 11)
