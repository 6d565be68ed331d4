"""Uneven classes: from where on something is done, what, and that the loss at the start stays what theory says."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from penjing.data.batches import Balanced, Share, Shuffled
from penjing.data.dataset import Dataset
from penjing.findings import PenjingError
from penjing.tasks import one_class
from penjing.tasks.balance import Balance, balance_for, settled, weights_of
from penjing.tasks.class_spec import Options, Spec
from penjing.tasks.pictures import MixedPictures
from tests.tasks.shapes import divided, job_on, labelled

FREQUENCIES = (0.9, 0.02, 0.08, 0.0)
SPEC = Spec(("a", "b", "c", "d"), 8, 8, 1, (0.5,), (0.5,), FREQUENCIES)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [((30, 10), "none"), ((31, 10), "weights"), ((100, 10, 0), "weights"), ((101, 10), "sampling")],
)
def test_auto_follows_from_the_largest_and_the_smallest_class(sizes: tuple[int, ...], expected: str) -> None:
    assert settled("auto", sizes) == expected
    assert settled("none", sizes) == "none"


def test_the_choice_is_told_with_its_counts_and_only_where_classes_are_uneven() -> None:
    labels = np.repeat([0, 1, 2], [50, 9, 20])
    choice = balance_for(labels, ("x", "y", "z", "never"))["balance"]
    assert (choice.value, choice.origin) == ("weights", "found in the data")
    assert choice.why == "`x` has 50 training pictures, `y` 9"
    assert balance_for(np.repeat([0, 1], [20, 10]), ("x", "y")) == {}


def test_weights_are_one_in_the_mean_and_the_same_for_all_classes_together() -> None:
    weights = np.array(weights_of(FREQUENCIES))
    assert (weights * FREQUENCIES).sum() == pytest.approx(1)
    assert weights * FREQUENCIES == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("balance", ["none", "weights", "sampling"])
def test_an_untrained_network_gives_ln_k_whatever_is_weighted_and_smoothed(balance: Balance, smoothing: float) -> None:
    y = torch.tensor([0] * 60 + [1] * 3 + [2])
    options = Options(balance=balance, label_smoothing=smoothing)
    loss = one_class.losses(torch.full((64, 4), 0.7), y, SPEC, options).mean()
    assert loss.item() == pytest.approx(one_class.start_loss(SPEC)) == pytest.approx(math.log(4))


def test_the_weighted_loss_is_that_of_torch_where_nothing_is_smoothed() -> None:
    torch.manual_seed(0)
    logits, y = torch.randn(64, 4), torch.randint(0, 3, (64,))
    expected = F.cross_entropy(logits, y, weight=torch.tensor(weights_of(FREQUENCIES)))
    found = one_class.losses(logits, y, SPEC, Options(balance="weights")).mean()
    assert found.item() == pytest.approx(expected.item())


def uneven(few: int) -> Dataset:
    """Three classes of bright, brighter and brightest pictures; the last has few."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat([0, 1, 2], [200, 200, few]))
    pictures = rng.integers(0, 60, (len(labels), 8, 8, 1)) + 60 * labels[:, None, None, None]
    return divided(pictures.astype(np.uint8), labels, "class", ("dark", "grey", "light"))


@pytest.mark.parametrize(
    ("few", "balance", "order"), [(150, "auto", Shuffled), (40, "weights", Shuffled), (8, "sampling", Balanced)]
)
def test_a_training_balances_by_itself(few: int, balance: str, order: type, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_on(uneven(few), monkeypatch, {})
    assert job.config.options.balance == balance
    stream = job.task.stream(job.data.splits["train"], torch.nn.Identity(), job.spec, job.config, Share())
    assert isinstance(stream.order, order)  # type: ignore[attr-defined]


def test_what_is_typed_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert job_on(uneven(8), monkeypatch, {"balance": "none"}).config.options.balance == "none"


def test_several_labels_cannot_be_balanced(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PenjingError, match="several labels"):
        job_on(labelled(80), monkeypatch, {"balance": "sampling"})


def test_mixed_pictures_start_at_ln_k_too() -> None:
    torch.manual_seed(0)
    y = torch.tensor([0] * 60 + [1] * 3 + [2])
    batch = MixedPictures(torch.empty(64, 1, 8, 8), y, y[torch.randperm(64)], torch.full((64,), 0.3))
    loss = batch.mean(lambda y: one_class.losses(torch.zeros(64, 4), y, SPEC, Options(balance="weights")))
    assert loss.item() == pytest.approx(math.log(4))
