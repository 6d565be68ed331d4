"""What a grid's trainings have in common is measured once: on the costliest network, and for the slowest one."""

from collections.abc import Callable
from typing import Any

import pytest

from penjing.config import Choice
from penjing.training.job import Job
from penjing.training.session import fresh_network
from penjing.training.shared_execution import SAME, shared_settings
from tests.training.conftest import Timed

STEPS = 1259 // 64  # of a pass over digits


def two(job: Callable[..., Job], **typed: Any) -> list[Job]:
    """A light network, then one that costs more."""
    return [job(model=model, **{"budget": "auto"} | typed) for model in ("mlp", "cnn")]


def values(choices: dict[str, Choice]) -> dict[str, Any]:
    return {name: choice.value for name, choice in choices.items()}


def test_precision_and_order_are_those_in_which_the_costliest_network_is_fastest(
    job: Callable[..., Job], timed: Timed
) -> None:
    timed(lambda config: 1.0 + ((config.model.model == "cnn") == (config.train.precision == "fp32")))
    found = shared_settings(two(job), fresh_network)
    assert (found["precision"].value, found["memory_format"].value) == ("bf16", "channels_last")
    assert found["precision"].origin == "measured here"
    assert "1000 ms" in found["precision"].why
    assert found["precision"].why.endswith(f"of cnn; {SAME}")


@pytest.mark.parametrize(
    ("cnn", "mlp", "epochs"),
    [
        (100 / STEPS, 9.0 / STEPS, 6),
        (9.0 / STEPS, 100 / STEPS, 6),  # the slowest need not be the costliest
        (1e4, 1e-3, 1),
        (1e-3, 1e-4, 60),
    ],
)
def test_all_have_the_epochs_that_the_slowest_passes_in_ten_minutes(
    job: Callable[..., Job], timed: Timed, cnn: float, mlp: float, epochs: int
) -> None:
    timed(lambda config: cnn if config.model.model == "cnn" else mlp)
    found = shared_settings(two(job), fresh_network)["budget"]
    assert (found.value, found.origin) == (f"{epochs}epochs", "measured here")
    assert f"for {'cnn' if cnn > mlp else 'mlp'}, the slowest" in found.why
    assert found.why.endswith(SAME)


def test_the_length_is_measured_as_the_trainings_will_run(job: Callable[..., Job], timed: Timed) -> None:
    timed(lambda config: 10 / STEPS if config.train.precision == "bf16" else 100 / STEPS)
    assert shared_settings(two(job), fresh_network)["budget"].value == "60epochs"


def test_what_was_typed_is_not_settled(job: Callable[..., Job], timed: Timed) -> None:
    timed(lambda config: 1.0)
    assert values(shared_settings(two(job, precision="fp32", budget="3epochs"), fresh_network)) == {
        "memory_format": "contiguous"
    }


def test_where_every_network_is_light_an_open_length_alone_is_shared(job: Callable[..., Job]) -> None:
    assert values(shared_settings(two(job), fresh_network)) == {"budget": "60epochs"}
    assert shared_settings(two(job, budget="3epochs"), fresh_network) == {}
