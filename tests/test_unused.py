"""Settings that change nothing: refused where they were typed, told where a file that serves several says them."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import fields
from rich.console import Console

from penjing.config import Config, Data, Train
from penjing.findings import PenjingError
from penjing.run import Run
from penjing.runtime.machine import cores
from penjing.settling import asked
from penjing.tasks import regress
from penjing.training.job import plan
from penjing.training.session import findings_on_data, fit_run, fresh_network
from penjing.unused import NEEDS, Need, beyond, undivided, unused
from tests.data.readers.test_npz import X, Y, saved
from tests.test_settling import Options, settle

STILL = {"crop": 0, "shift": 0, "rotate": 0, "scale": 0, "shear": 0}


def warned(config: Config[Options]) -> list[tuple[str, str]]:
    return [(found.severity, found.what) for found in unused(config.train, config.options, config.origins)]


@pytest.mark.parametrize(
    ("typed", "name", "beside"),
    [
        ({"find_lr": "true", "lr": "0.001"}, "lr", "find_lr=true"),
        ({"momentum": "0.5"}, "momentum", "optimizer=adamw"),
        ({"optimizer": "adagrad", "momentum": "0.5"}, "momentum", "optimizer=adagrad"),
        ({"nesterov": "false", "optimizer": "muon"}, "nesterov", "optimizer=muon"),
        ({"nesterov": "true", "optimizer": "sgd", "momentum": "0"}, "nesterov", "momentum=0"),
        ({"peak": "0.2"}, "peak", "schedule=cosine"),
        ({"milestones": "0.2,0.4"}, "milestones", "schedule=cosine"),
        ({"step_factor": "0.2", "schedule": "linear"}, "step_factor", "schedule=linear"),
        ({"warmup": "0.2", "schedule": "onecycle"}, "warmup", "schedule=onecycle"),
        ({"unfreeze": "0.5"}, "unfreeze", "freeze=0"),
    ],
    ids=str,
)
def test_what_is_typed_in_vain_is_refused_by_name(typed: dict[str, str], name: str, beside: str) -> None:
    with pytest.raises(PenjingError) as caught:
        settle(typed)
    found = caught.value.finding
    assert (found.rule, found.severity) == ("unused-setting", "error")
    assert found.what.startswith(f"`{name}` has no use with {beside}")
    assert f"{name}={typed[name]}" in found.where


@pytest.mark.parametrize(
    "typed",
    [
        {"find_lr": "false", "lr": "0.01"},
        {"find_lr": "true"},
        {"optimizer": "sgd", "momentum": "0", "nesterov": "false"},
        {"optimizer": "muon", "momentum": "0.5"},
        {"schedule": "onecycle", "peak": "0.2", "warmup": "0"},
        {"schedule": "step", "milestones": "0.5", "step_factor": "0.3"},
        {"freeze": "stem", "unfreeze": "0.5"},
        {"unfreeze": "0"},
    ],
    ids=str,
)
def test_what_is_of_use_is_taken(typed: dict[str, str]) -> None:
    assert warned(settle(typed)) == []


def test_a_file_for_several_trainings_may_say_what_one_of_them_does_not_use(tmp_path: Path) -> None:
    file = tmp_path / "sgd.toml"
    file.write_text('optimizer = "sgd"\nmomentum = 0.8\n')
    assert warned(settle({}, file)) == []
    assert warned(settle({"optimizer": "adamw"}, file)) == [("warning", "`momentum` has no use with optimizer=adamw")]
    file.write_text('optimizer = "adam"\nmomentum = 0.8\n')
    with pytest.raises(PenjingError, match="`momentum` has no use with optimizer=adam"):
        settle({}, file)


def test_a_training_tells_what_its_file_says_in_vain(tmp_path: Path) -> None:
    (tmp_path / "cycle.toml").write_text("peak = 0.2\nthreads = 1\n")
    job = plan("sklearn:digits", asked({"budget": "2steps", "evaluations": 0}, tmp_path / "cycle.toml"))
    run = Run.create(tmp_path / "run", job.config, job.spec)
    fit_run(job, fresh_network(job), run, Console(quiet=True))
    assert ("unused-setting", "warning") in [(found.rule, found.severity) for found in run.findings]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ({"batch_size": "201", "threads": "5"}, ["batch_size", "threads"]),
        ({"batch_size": "200", "threads": "4"}, []),
        ({}, []),
    ],
    ids=str,
)
def test_more_than_there_is_is_told(typed: dict[str, str], names: list[str]) -> None:
    config = settle(typed)
    found = list(beyond(config.train, config.origins, examples=200, cores=4))
    assert [(one.severity, one.where) for one in found] == [("note", f"{name}={typed[name]}") for name in names]
    assert list(beyond(config.train, config.origins, examples=None, cores=None)) == []
    assert list(beyond(settle({}).train, settle({}).origins, examples=1, cores=0)) == []  # nobody asked for more


def test_a_training_tells_of_a_batch_that_is_all_and_of_threads_without_cores(tmp_path: Path) -> None:
    typed = {"budget": "1steps", "evaluations": 0, "batch_size": 5000, "threads": cores() + 1, "model": "mlp"}
    job = plan("sklearn:digits", asked(typed))
    run = Run.create(tmp_path / "run", job.config, job.spec)
    fit_run(job, fresh_network(job), run, Console(quiet=True))
    told = [found.what for found in run.findings if found.rule == "more-than-there-is"]
    assert sorted(told) == [
        "`batch_size` is 5,000, and there are 1,259 training examples: a batch is all of them",
        f"`threads` is {cores() + 1}, and there are {cores()} cores here",
    ]


@pytest.mark.parametrize(
    ("said", "given", "names"),
    [
        ({"test": 0.3}, ("test",), ["test"]),
        ({"test": 0.3, "validation": 0.2, "split_seed": 3}, ("test",), ["test"]),
        ({"test": 0.3, "split_seed": 3}, ("validation", "test"), ["test", "split_seed"]),
        ({"test": 0.3, "validation": 0.2, "split_seed": 3}, (), []),
        ({"validation": 0.2}, ("test",), []),
        ({}, ("validation", "test"), []),
    ],
)
@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "file"])
def test_shares_of_splits_that_the_source_brings_are_told(
    said: dict[str, float], given: tuple[str, ...], names: list[str], is_typed: bool, tmp_path: Path
) -> None:
    file = tmp_path / "shares.toml"
    file.write_text("\n".join(f"{name} = {value}" for name, value in said.items()))
    config = settle(said) if is_typed else settle({}, file)
    found = list(undivided(config.origins, given))
    assert [(one.rule, one.severity, one.where) for one in found] == [
        ("unused-setting", "warning", f"{name}={said[name]}") for name in names
    ]
    assert all(one.what.startswith(f"`{name}` has no use") for one, name in zip(found, names, strict=True))


def test_before_a_training_it_is_told_which_shares_its_source_decides(tmp_path: Path) -> None:
    source = saved(tmp_path, x_train=X[:40], y_train=Y[:40], x_test=X[40:], y_test=Y[40:])
    job = plan(source, asked({"test": 0.3, "validation": 0.2}))
    told = [found.where for found in findings_on_data(job) if found.rule == "unused-setting"]
    assert told == ["test=0.3"]
    assert len(job.data.splits["test"]) == 20


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: f"{need.name} beside {need.of}")
def test_what_makes_a_setting_useless_are_values_that_there_are(need: Need) -> None:
    groups = (Train, regress.Options, Data)
    types: dict[str, Any] = {field.name: field.type for group in groups for field in fields(group)}
    assert need.name in types
    for of in [need.of] if isinstance(need.of, str) else need.of:
        words = get_args(get_args(types[of])[0])
        assert all(value in words for value in need.without if isinstance(value, str))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"saturation": 0.5}, "`saturation` has no use with color=grey"),
        (
            {"border": "reflect", **STILL},
            "`border` has no use with crop=0, shift=0, rotate=0, scale=0, shear=0",
        ),
        ({"border": "reflect", **STILL, "shear": 5}, ""),
        ({"border": "reflect"}, ""),
        ({"saturation": 0}, ""),
    ],
    ids=str,
)
def test_augmentation_that_changes_no_picture_is_refused(typed: dict[str, Any], told: str) -> None:
    """Digits are grey, and are moved unless it is typed that they are not."""
    with pytest.raises(PenjingError, match=told) if told else nullcontext():
        plan("sklearn:digits", asked(typed))
