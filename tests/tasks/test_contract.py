"""Every task keeps the contract, for mypy as well as at run time."""

from types import SimpleNamespace

import pytest

from penjing import tasks
from penjing.findings import PenjingError
from penjing.tasks import classify
from penjing.tasks.task import Task

CLASSIFY: Task = classify  # mypy holds the module to the Protocol


@pytest.mark.parametrize("name", tasks.TASKS)
def test_our_tasks_lack_nothing(name: str) -> None:
    assert tasks.check_task(tasks.load(name)) == []


@pytest.mark.parametrize("name", tasks.TASKS)
def test_our_tasks_fit_on_a_few_pages(name: str) -> None:
    module = tasks.load(name)
    assert module.__file__ is not None  # type: ignore[attr-defined]
    with open(module.__file__) as file:  # type: ignore[attr-defined]  # noqa: PTH123
        assert len(file.readlines()) <= 200


@pytest.mark.parametrize("name", tasks.TASKS)
def test_no_option_of_a_task_hides_a_setting_of_all(name: str) -> None:
    from penjing.config import Data, Model, Seed, Train

    common = {field for group in (Data, Model, Seed, Train) for field in group.__struct_fields__}
    assert not common & set(tasks.load(name).Options.__struct_fields__)


def test_what_is_missing_or_takes_other_arguments_is_named() -> None:
    present = {name: value for name, value in vars(classify).items() if not name.startswith("_")}
    del present["score"], present["Spec"]
    task = SimpleNamespace(**present | {"loss": lambda network, batch: None})
    lacks = tasks.check_task(task)
    assert len(lacks) == 3
    assert "`Spec`" in lacks[0]
    assert any(
        "`loss` takes (network, batch), the contract says (network, batch, spec, config)" in lack for lack in lacks
    )
    assert any("`score`: The primary score first" in lack for lack in lacks)


def test_an_unknown_task_offers_its_neighbour() -> None:
    with pytest.raises(PenjingError, match="`classify`"):
        tasks.load("clasify")
