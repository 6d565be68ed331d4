"""Uneven classes: from where on something is done, what, and that the loss at the start stays what theory says."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from penjing.data.augmentation.augment import Augment
from penjing.data.batches import Balanced, Share, Shuffled
from penjing.data.dataset import Dataset
from penjing.findings import PenjingError
from penjing.tasks import one_class
from penjing.tasks.balance import Balance, balance_for, picture_weights, settled, weights_of
from penjing.tasks.class_spec import Options, Spec
from penjing.tasks.pictures import LabelledPictures, MixedPictures, PictureStream, WeightedPictures
from tests.tasks.shapes import divided, job_on, labelled

FREQUENCIES = (0.9, 0.02, 0.08, 0.0)
SPEC = Spec(("a", "b", "c", "d"), 8, 8, 1, (0.5,), (0.5,), FREQUENCIES)


def batch_of(y: np.ndarray, options: Options) -> LabelledPictures | WeightedPictures | MixedPictures:
    """All pictures of these classes in one batch."""
    weights = picture_weights(y, options.balance, FREQUENCIES)
    augment = Augment(options, SPEC.mean, SPEC.std)
    pictures = np.zeros((len(y), 8, 8, 1), np.uint8)
    return PictureStream(pictures, y, Shuffled(len(y), len(y), 0), augment, weights).at(0)


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


def test_to_type_auto_leaves_the_choice_with_its_counts_to_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    origins = [job_on(uneven(40), monkeypatch, typed).config.origins["balance"] for typed in ({}, {"balance": "auto"})]
    assert origins[0] == origins[1]
    assert (origins[0].value, origins[0].origin) == ("weights", "found in the data")


def test_weights_are_one_in_the_mean_and_the_same_for_all_classes_together() -> None:
    weights = np.array(weights_of(FREQUENCIES))
    assert (weights * FREQUENCIES).sum() == pytest.approx(1)
    assert weights * FREQUENCIES == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("balance", ["none", "weights", "sampling"])
def test_an_untrained_network_gives_ln_k_whatever_is_weighted_and_smoothed(balance: Balance, smoothing: float) -> None:
    y = np.array([0] * 60 + [1] * 3 + [2])
    options = Options(balance=balance, label_smoothing=smoothing)
    loss = batch_of(y, options).mean(lambda y: one_class.losses(torch.full((64, 4), 0.7), y, SPEC, options))
    assert loss.item() == pytest.approx(one_class.start_loss(SPEC)) == pytest.approx(math.log(4))


def test_the_weighted_loss_is_that_of_torch_where_nothing_is_smoothed() -> None:
    torch.manual_seed(0)
    logits, options = torch.randn(64, 4), Options(balance="weights")
    batch = batch_of(torch.randint(0, 3, (64,)).numpy(), options)
    expected = F.cross_entropy(logits, batch.y, weight=torch.tensor(weights_of(FREQUENCIES)))
    found = batch.mean(lambda y: one_class.losses(logits, y, SPEC, options))
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


@pytest.mark.parametrize("balance", ["weights", "sampling"])
def test_several_labels_cannot_be_balanced(balance: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PenjingError, match="several labels"):
        job_on(labelled(80), monkeypatch, {"balance": balance})


@pytest.mark.parametrize("settings", [{}, {"balance": "auto"}])
@pytest.mark.parametrize("share", [0.03, 0.0])  # of the pictures that have the rare label
def test_several_labels_are_left_as_they_are_however_rare(
    share: float, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = labelled(200)
    for split in data.splits.values():
        np.asarray(split.truths)[:, 2] = np.arange(len(split)) < share * len(split)
    job = job_on(data, monkeypatch, settings)
    stream = job.task.stream(job.data.splits["train"], torch.nn.Identity(), job.spec, job.config, Share())
    assert isinstance(stream.order, Shuffled)  # type: ignore[attr-defined]
    assert isinstance(stream.at(0), LabelledPictures)


def test_mixed_pictures_are_weighted_each_by_its_own_class() -> None:
    """Half of each picture and half of its partner: the weighted mean over both."""
    torch.manual_seed(0)
    logits, options = torch.randn(64, 4), Options(balance="weights", cutmix=1.0)
    batch = batch_of(np.array([0] * 60 + [1] * 3 + [2]), options)
    assert isinstance(batch, MixedPictures)
    weights = torch.tensor(weights_of(FREQUENCIES))
    share = batch.weight / (weights[batch.y] / weights[batch.y].mean())
    each = [F.cross_entropy(logits, y, reduction="none") * weights[y] for y in (batch.y, batch.other_y)]
    expected = (share * each[0] + (1 - share) * each[1]).mean() / weights[batch.y].mean()
    found = batch.mean(lambda y: one_class.losses(logits, y, SPEC, options))
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
