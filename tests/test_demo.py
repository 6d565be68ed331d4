"""The demo's faults are what it says they are, and each is what Penjing names first."""

from pathlib import Path

import numpy as np
import pytest

from demo import faults
from demo.demo import short_job
from penjing.config import Data
from penjing.data.dataset import Dataset
from penjing.data.readers.sklearn import read
from penjing.data.splits import content_hash
from penjing.rules.on_data import check_data

SCRIPT = Path(faults.__file__).with_name("train_by_hand.py")


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return read(Data("sklearn:digits"))


def test_mislabel_changes_its_share_of_training_labels_and_nothing_else(digits: Dataset) -> None:
    faulty, planted = faults.mislabel(digits, share=0.05)
    before, after = np.asarray(digits.splits["train"].truths), np.asarray(faulty.splits["train"].truths)
    assert len(planted) == round(0.05 * len(before))
    assert np.flatnonzero(before != after).tolist() == planted.tolist()
    assert set(after) <= set(range(10))
    assert faulty.splits["train"].inputs is digits.splits["train"].inputs
    assert faulty.splits["test"] is digits.splits["test"]


def test_mislabel_is_a_function_of_the_seed(digits: Dataset) -> None:
    (one, at), (same, _), (_, other) = (faults.mislabel(digits, 0.05, seed) for seed in (1, 1, 2))
    assert one.fingerprint == same.fingerprint
    assert at.tolist() != other.tolist()


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_leak_copies_its_share_of_test_pictures(digits: Dataset, share: float) -> None:
    train, tested = faults.leak(digits, share).splits["train"], digits.splits["test"]
    own, copies = len(digits.splits["train"]), round(share * len(tested))
    assert len(train) == len(train.truths) == len(train.names) == own + copies
    labels = {content_hash(picture): truth for picture, truth in zip(tested.inputs, tested.truths, strict=True)}
    for picture, truth in zip(train.inputs[own:], train.truths[own:], strict=True):
        assert labels[content_hash(picture)] == truth


def test_mending_a_leak_gives_the_data_back(digits: Dataset) -> None:
    assert faults.without_leak(faults.leak(digits, share=0.5)).fingerprint == digits.fingerprint


def test_softmax_is_planted_in_one_line() -> None:
    sound = SCRIPT.read_text().splitlines()
    faulty = faults.softmax_before_loss("\n".join(sound)).splitlines()
    changed = [pair for pair in zip(sound, faulty, strict=True) if pair[0] != pair[1]]
    assert [pair[1].strip() for pair in changed] == [faults.FAULTY_LOSS]


def test_softmax_is_not_planted_where_the_line_is_missing() -> None:
    with pytest.raises(ValueError, match="no line"):
        faults.softmax_before_loss("loss = mine(x)")


def test_wrong_labels_are_named_first(digits: Dataset) -> None:
    faulty, planted = faults.mislabel(digits, share=0.05)
    first = check_data(faulty)[0]
    assert first.rule == "PJ006"
    suspects = faults.suspects_in(faulty.splits["train"], first)
    assert len(np.intersect1d(suspects, planted)) >= 0.75 * len(planted)
    assert len(np.setdiff1d(suspects, planted)) <= 0.1 * len(suspects)


def test_leak_is_named_first(digits: Dataset) -> None:
    assert check_data(faults.leak(digits, share=1.0))[0].rule == "PJ002"


def test_softmax_before_the_loss_is_named_first(tmp_path: Path) -> None:
    from penjing.verbs.check import check

    script = tmp_path / "train_by_hand.py"
    script.write_text(faults.softmax_before_loss(SCRIPT.read_text()))
    assert check(script).findings[0].rule == "PJ102"


def test_script_is_sound_without_the_fault() -> None:
    from penjing.verbs.check import check

    assert check(SCRIPT).findings == ()


def test_the_short_job_allows_the_leak_that_is_planted() -> None:
    assert short_job().config.train.ignore == ("PJ002",)
