"""explain: drawings of the wrong ones first, and whether to believe them."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

import penjing
from penjing.verbs.explain import Explanations, show
from penjing.verbs.handle import TrainedRun
from penjing.verbs.opened import open_for_judging


@pytest.fixture(scope="module")
def run(digits_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that may be written to."""
    return Path(shutil.copytree(digits_run, tmp_path_factory.mktemp("explain") / "run"))


@pytest.fixture(scope="module")
def done(run: Path) -> Explanations:
    """That run, explained on test pictures."""
    return TrainedRun(run).explain()


def test_a_trained_network_s_maps_pass_both_tests(done: Explanations) -> None:
    assert done.findings == ()
    assert done.deletion.low > 0
    assert done.deletion.n == done.shuffled.n == 64
    assert abs(done.shuffled.value) < 0.3


def test_wrongly_answered_test_pictures_stand_first(run: Path, done: Explanations) -> None:
    opened = open_for_judging(run)
    answers, truths = opened.task.answers(opened.predictor, opened.data().splits["test"])
    wrong = sum(answer.label != opened.spec.classes[truth] for answer, truth in zip(answers, truths, strict=True))
    right = [one.answer.split()[0] == one.truth for one in done.explanations]
    assert len(right) == 6
    assert right == [False] * min(wrong, 6) + [True] * (6 - min(wrong, 6))


def test_the_folder_of_the_drawings_is_shown_whole_where_the_terminal_is_narrow(
    run: Path, done: Explanations, capsys: pytest.CaptureFixture[str]
) -> None:
    show(done, Console(width=60))
    said = capsys.readouterr().out
    assert str(run / "explanations") in said
    assert [Path(one.file).name in said for one in done.explanations] == [True] * 6


def test_a_given_picture_is_answered_and_drawn(run: Path, tmp_path: Path, cli: Callable[..., Any]) -> None:
    picture = np.asarray(open_for_judging(run).data().splits["test"].inputs[0])
    file = tmp_path / "a b.png"
    Image.fromarray(picture[:, :, 0]).save(file)
    said = cli("explain", run, file, "--json")
    assert said.code == 0
    (one,) = said.json["result"]["explanations"]
    assert one["answer"] == str(penjing.predict(run, picture)[0])
    assert one["truth"] is None
    drawn = np.asarray(Image.open(one["file"]))
    zoom = len(drawn) // len(picture)
    assert np.array_equal(drawn[::zoom, : 8 * zoom : zoom, 0], picture[:, :, 0])
    assert Path(one["file"]) == run / "explanations" / "1-a-b.png"


def test_untrained_maps_are_not_believed(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeded fault: maps of noise in place of the method's."""
    import torch

    from penjing.explanation import belief, classifiers
    from penjing.explanation.gradients import Maps

    def noise(logits: Any, pictures: torch.Tensor, targets: Any, baseline: Any) -> Maps:
        values = np.random.default_rng(0).random((len(pictures), *pictures.shape[2:]))
        return Maps(torch.from_numpy(values), torch.zeros(len(pictures)))

    monkeypatch.setattr(belief, "integrated_gradients", noise)
    monkeypatch.setattr(classifiers, "integrated_gradients", noise)
    assert {finding.rule for finding in penjing.explain(run).findings} == {"PJ401", "PJ402"}


def test_a_file_has_no_network_to_explain(digits_file: Path, cli: Callable[..., Any]) -> None:
    said = cli("explain", digits_file, "--json")
    assert said.code == 2
    assert said.json["findings"][0]["rule"] == "no-network"
