"""Beginning from other weights: what fits is loaded to the bit, the rest is told, what cannot be is one finding."""

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image
from rich.console import Console
from sklearn.datasets import load_digits
from torch import Tensor, nn

import penjing
from penjing import files
from penjing.config import Beginning
from penjing.findings import PenjingError
from penjing.models.char_gru import CharGRU
from penjing.models.cnn import CNN
from penjing.run import Run
from penjing.settling import asked
from penjing.tasks.classify import Spec
from penjing.training.job import Job, from_config, plan
from penjing.training.loop import Step
from penjing.training.session import fit_run, fresh_network, initialize
from penjing.training.transfer import load
from penjing.training.weight_files import tensors_in
from penjing.training.weight_sources import Weights, find

QUIET = Console(file=io.StringIO())


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`digits(0, 1, 2)`: pictures of some digits; in color too."""
    X, Y = load_digits(return_X_y=True)
    pictures = (16 * X.reshape(-1, 8, 8)).clip(0, 255).astype(np.uint8)
    folder = tmp_path_factory.mktemp("digits")

    def of(*classes: int, color: bool = False) -> Path:
        path = folder / f"{'c' if color else 'g'}{''.join(map(str, classes))}.npz"
        those = np.isin(Y, classes)
        x = np.repeat(pictures[those][..., None], 3, axis=3) if color else pictures[those]
        names = np.array([str(one) for one in classes])
        np.savez(path, x=x, y=np.searchsorted(classes, Y[those]), classes=names)
        return path

    return of


def planned(source: Path, **typed: Any) -> Job:
    return plan(str(source), asked({"threads": 1, "budget": "20steps", "test": 0.2} | typed))


@pytest.fixture(scope="module")
def low_run(digits: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A narrow network that has learned 0 to 4."""
    job = planned(digits(0, 1, 2, 3, 4), width=8)
    run = Run.create(tmp_path_factory.mktemp("low") / "low", job.config, job.spec)
    fit_run(job, fresh_network(job), run, QUIET)
    return run


def saved(network: nn.Module | dict[str, Any], path: Path) -> Path:
    torch.save(network.state_dict() if isinstance(network, nn.Module) else network, path)
    return path


def same(a: nn.Module, b: nn.Module) -> set[str]:
    """The names that hold the same bits; torch.equal says no where shapes differ."""
    other = b.state_dict()
    return {name for name, tensor in a.state_dict().items() if torch.equal(tensor, other[name])}


def test_all_but_the_head_comes_from_a_run_and_the_head_from_the_seed(
    digits: Callable[..., Path], low_run: Run
) -> None:
    source = digits(5, 6, 7, 8, 9)
    job = planned(source, weights=low_run.path)
    begun, untouched = initialize(job), fresh_network(planned(source, width=8))
    arrays = low_run.weights("last")
    for name, tensor in begun.network.state_dict().items():
        expected = untouched.state_dict()[name] if name.startswith("head") else torch.from_numpy(arrays[name].copy())
        assert torch.equal(tensor, expected)
    (found,) = begun.findings
    assert (found.rule, found.severity) == ("weights-loaded", "note")
    values = sum(array.size for name, array in arrays.items() if not name.startswith("head"))
    assert found.evidence["fresh"] == ["head.weight", "head.bias"]
    assert found.evidence["values"] == values - 4  # counters of batches are no values
    assert found.what.startswith(f"loaded 20 of 22 tensors ({values - 4:,} values); fresh: head.weight, head.bias")


def test_the_runs_network_is_taken_unless_another_was_typed(digits: Callable[..., Path], low_run: Run) -> None:
    source = digits(5, 6)
    job = planned(source, weights=low_run.path)
    assert (job.config.model.model, job.config.model.width) == ("cnn", 8)
    assert {job.config.origins[name].origin for name in ("model", "width")} == {"file"}
    other = planned(source, weights=low_run.path, model="mlp")
    assert (other.config.model.model, other.config.model.width) == ("mlp", 0)


def test_pictures_are_normalized_as_those_of_the_weights(digits: Callable[..., Path], low_run: Run) -> None:
    theirs = low_run.spec_for(Spec)
    job = planned(digits(5, 6), weights=low_run.path)
    assert (job.spec.mean, job.spec.std) == (theirs.mean, theirs.std)
    assert planned(digits(5, 6)).spec.mean != theirs.mean
    color = planned(digits(5, 6, color=True), weights=low_run.path, color="rgb")
    assert color.spec.mean == theirs.mean * 3


def test_a_head_that_answers_the_same_classes_is_kept(digits: Callable[..., Path], low_run: Run) -> None:
    source = digits(0, 1, 2, 3, 4)
    begun = initialize(planned(source, weights=low_run.path, seed=3))
    for name, array in low_run.weights("last").items():
        assert begun.network.state_dict()[name].numpy().tobytes() == array.tobytes()
    assert begun.findings[0].evidence["fresh"] == []


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda state: state,
        lambda state: {"state_dict": {f"module.{name}": tensor for name, tensor in state.items()}, "epoch": 3},
        lambda state: {"model": {f"_orig_mod.module.{name}": tensor for name, tensor in state.items()}},
        lambda state: {"model_state_dict": state, "optimizer": {"state": {}, "param_groups": []}},
    ],
    ids=["plain", "DistributedDataParallel", "compiled", "with an optimizer"],
)
def test_a_file_of_torch_save_gives_its_tensors(
    digits: Callable[..., Path], tmp_path: Path, wrapped: Callable[[dict[str, Tensor]], Any]
) -> None:
    torch.manual_seed(5)
    theirs = CNN(3)
    path = saved(wrapped(dict(theirs.state_dict())), tmp_path / "some.pth")
    network = fresh_network(planned(digits(5, 6, 7), weights=path))
    assert same(network, theirs) == set(theirs.state_dict())


def test_a_file_of_safetensors_gives_its_tensors_and_halves_become_floats(
    digits: Callable[..., Path], tmp_path: Path
) -> None:
    theirs = CNN(3).half()
    safetensors.torch.save_file(theirs.state_dict(), tmp_path / "some.safetensors")
    network = fresh_network(planned(digits(5, 6, 7), weights=tmp_path / "some.safetensors"))
    assert same(network, theirs.float()) == set(theirs.state_dict())


def test_a_first_convolution_for_color_reads_grey_as_it_reads_three_equal_channels(
    digits: Callable[..., Path], tmp_path: Path
) -> None:
    color = CNN(3, 3).eval()
    begun = initialize(planned(digits(5, 6, 7), weights=saved(color, tmp_path / "color.pth")))
    x = torch.randn(4, 1, 8, 8)
    torch.testing.assert_close(begun.network.eval()(x), color(x.expand(-1, 3, -1, -1)))
    assert "stages.0.conv.weight, of 3 channels, for 1" in begun.findings[0].what
    back = planned(digits(5, 6, 7, color=True), color="rgb", weights=saved(begun.network, tmp_path / "grey.pth"))
    torch.testing.assert_close(fresh_network(back).eval()(x.expand(-1, 3, -1, -1)), color(x.expand(-1, 3, -1, -1)))


def test_what_the_weights_lack_is_fresh_and_below_half_a_warning(digits: Callable[..., Path], tmp_path: Path) -> None:
    state = CNN(3).state_dict()
    some = {name: tensor for name, tensor in state.items() if name.startswith(("stages.0", "stages.1"))}
    begun = initialize(
        planned(digits(5, 6, 7), weights=saved({**some, "more.weight": state["head.weight"]}, tmp_path / "a.pth"))
    )
    (found,) = begun.findings
    assert found.severity == "warning"
    assert found.evidence["aside"] == ["more.weight"]
    assert set(found.evidence["loaded"]) | {name for name in some if "tracked" in name} == set(some)
    assert len(found.evidence["loaded"]) + len(found.evidence["fresh"]) == 22


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`numbers("age")`: a table of pictures beside one number of this name, pictures and numbers always the same."""
    X, Y = load_digits(return_X_y=True)
    folder = tmp_path_factory.mktemp("numbers")
    for i, picture in enumerate(X[:60].reshape(-1, 8, 8)):
        Image.fromarray((15 * picture).astype(np.uint8)).save(folder / f"{i}.png")

    def of(name: str) -> Path:
        rows = [f"{i}.png,{label + 0.5}" for i, label in enumerate(Y[:60])]
        (folder / f"{name}.csv").write_text("\n".join([f"path,{name}", *rows]))
        return folder / f"{name}.csv"

    return of


@pytest.fixture(scope="module")
def age_run(numbers: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A network that has learned a number."""
    job = planned(numbers("age"), width=8)
    run = Run.create(tmp_path_factory.mktemp("age") / "age", job.config, job.spec)
    fit_run(job, fresh_network(job), run, QUIET)
    return run


def test_a_head_that_gives_the_same_number_is_kept_and_that_of_another_is_fresh(
    numbers: Callable[[str], Path], age_run: Run
) -> None:
    fresh_ones = {
        name: initialize(planned(numbers(name), weights=age_run.path)).findings[0] for name in ("age", "dose")
    }
    assert fresh_ones["age"].evidence["fresh"] == []
    assert fresh_ones["dose"].evidence["fresh"] == ["head.weight", "head.bias"]


def test_weights_of_a_number_are_of_use_to_classes_and_the_other_way_round(
    digits: Callable[..., Path], numbers: Callable[[str], Path], age_run: Run, low_run: Run
) -> None:
    """Though the head of a number reads 4 x 4 cells, and that of classes one."""
    for source, run in ((digits(5, 6, 7), age_run), (numbers("age"), low_run)):
        (found,) = initialize(planned(source, weights=run.path)).findings
        assert found.evidence["fresh"] == ["head.weight", "head.bias"]
        assert len(found.evidence["loaded"]) == 20


def test_a_new_alphabet_gets_a_table_and_a_head_of_its_own() -> None:
    class Alphabet(msgspec.Struct):
        characters: str

    theirs, ours = CharGRU(4), CharGRU(4)
    weights = Weights("old", theirs.state_dict(), Beginning("0" * 64), answers=tuple("abcd"))
    found = load(ours, weights, Alphabet("abce"))
    assert found.evidence["fresh"] == ["embedding.weight", "head.weight", "head.bias"]
    assert torch.equal(ours.gru.weight_hh_l0, theirs.gru.weight_hh_l0)


def test_weights_of_torchvision_are_found_by_name_with_network_and_normalization(
    digits: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    torchvision_models: ModuleType,
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    with torch.random.fork_rng():
        theirs = torchvision_models.resnet18()
    saved(theirs, tmp_path / "hub" / "checkpoints" / "resnet18-f37072fd.pth")
    job = planned(digits(5, 6, 7, color=True), color="rgb", weights="torchvision:ResNet18_Weights.IMAGENET1K_V1")
    begun = initialize(job)
    assert job.config.model.model == "torchvision:resnet18"
    assert job.spec.mean == (0.485, 0.456, 0.406)
    assert set(theirs.state_dict()) - same(begun.network, theirs) == {"fc.weight", "fc.bias"}
    assert begun.findings[0].what.startswith("loaded 100 of 102 tensors (11.2 M values); fresh: fc.weight, fc.bias")
    by_network = planned(digits(5, 6, 7), weights="torchvision:resnet18", model="torchvision:resnet18")
    assert by_network.config.model.weights == "torchvision:ResNet18_Weights.IMAGENET1K_V1"
    assert by_network.spec.mean == pytest.approx((0.449,))


def test_weights_that_are_not_here_say_what_to_put_where(
    digits: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torchvision_models: ModuleType
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("PENJING_CACHE", str(tmp_path / "cache"))
    name = "torchvision:ResNet18_Weights.IMAGENET1K_V1"
    with pytest.raises(PenjingError) as caught:
        planned(digits(5, 6), weights=name)
    found = caught.value.finding
    assert found.rule == "not-downloaded"
    place = tmp_path / "cache" / "weights" / "resnet18-f37072fd.pth"
    url = torchvision_models.get_weight("ResNet18_Weights.IMAGENET1K_V1").url
    assert found.try_ == f"--download fetches it; or put it, from {url}, at {place}"
    fetched = list[tuple[str, str, str]]()

    def fetch(url: str, to: str, hash_prefix: str, progress: bool) -> None:
        fetched.append((url, to, hash_prefix))
        saved(CNN(2), Path(to))

    monkeypatch.setattr(torch.hub, "download_url_to_file", fetch)
    find(name, download=True)
    find(name)  # it is here now
    assert fetched == [(url, str(place), "f37072fd")]


def test_weights_of_timm_are_found_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torchvision_models: ModuleType
) -> None:
    pytest.importorskip("timm", reason="timm, whose names these are, is not installed: pip install timm")
    monkeypatch.setenv("PENJING_CACHE", str(tmp_path))
    with pytest.raises(PenjingError) as caught:
        find("timm:resnet18.a1_in1k")
    place = tmp_path / "weights" / "resnet18.a1_in1k.safetensors"
    assert "timm/resnet18.a1_in1k" in caught.value.finding.try_
    assert str(place) in caught.value.finding.try_
    place.parent.mkdir(parents=True, exist_ok=True)
    safetensors.torch.save_file(CNN(3).state_dict(), place)
    found = find("timm:resnet18.a1_in1k")
    assert found.choices["model"].value == "timm:resnet18"
    assert found.beginning.mean == (0.485, 0.456, 0.406)
    for unknown in ("timm:resnet18.a1_in2k", "timm:nothing"):
        with pytest.raises(PenjingError) as caught:
            find(unknown)
        assert caught.value.finding.rule == "unknown-weights"


def broken_off(job: Job, run: Run, at: int) -> None:
    def breaks(step: Step) -> None:
        if step.step == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_run(job, fresh_network(job), run, QUIET, also=[breaks])


def test_a_changed_file_is_noticed_and_a_checkpoint_needs_none(
    digits: Callable[..., Path], tmp_path: Path, new_run: Callable[[Job], Run]
) -> None:
    path = saved(CNN(3), tmp_path / "some.pth")
    job = planned(digits(5, 6, 7), weights=path, save_every=1e-9)
    whole, broken = new_run(job), new_run(job)
    fit_run(job, fresh_network(job), whole, QUIET)
    broken_off(job, broken, 9)
    saved(CNN(3), path)
    with pytest.raises(PenjingError, match="has changed") as caught:
        penjing.train(again=whole.path, out=tmp_path / "again")
    assert caught.value.finding.rule == "weights-changed"
    assert not (tmp_path / "again").exists()
    path.unlink()
    resumed = from_config(broken)
    fit_run(resumed, initialize(resumed, needs_weights=False).network, broken, QUIET)
    for name, array in whole.weights("last").items():
        assert array.tobytes() == broken.weights("last")[name].tobytes()


def test_train_from_a_run_says_what_was_loaded_and_does_it_again(
    digits: Callable[..., Path],
    low_run: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(low_run.path.parent)
    settings = {"weights": low_run.path.name, "threads": 1, "freeze": "body", "unfreeze": 0.5, "layer_decay": 0.8}
    run = penjing.train(digits(5, 6, 7), budget="30steps", out=tmp_path / "run", settings=settings)
    assert "loaded 20 of 22 tensors" in " ".join(capsys.readouterr().err.split())
    assert "weights-loaded" in [found.rule for found in run.findings]
    assert not [found.rule for found in run.findings if found.rule.startswith("PJ1")]
    monkeypatch.chdir(tmp_path)
    again = penjing.train(again=tmp_path / "run", out=tmp_path / "again")
    name = Path("weights") / "last.safetensors"
    assert (again.path / name).read_bytes() == (run.path / name).read_bytes()


class Opens:
    """What unpickling would run: it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def refusal(name: object, source: Path, **typed: Any) -> str:
    with pytest.raises(PenjingError) as caught:
        initialize(planned(source, weights=name, **typed))
    return caught.value.finding.rule


def test_code_in_a_file_is_refused_and_not_run(digits: Callable[..., Path], tmp_path: Path) -> None:
    for path in (tmp_path / "a.pth", tmp_path / "b.pt"):
        torch.save({"state_dict": Opens(tmp_path / "ran")}, path)
        assert refusal(path, digits(5, 6)) == "needs-code"
    torch.save(CNN(2), tmp_path / "whole.pth")
    assert refusal(tmp_path / "whole.pth", digits(5, 6)) == "needs-code"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("old", [False, True], ids=["zip", "legacy"])
def test_a_file_cut_anywhere_is_no_file_of_weights(old: bool) -> None:
    file = io.BytesIO()
    torch.save({"a.weight": torch.zeros(64)}, file, _use_new_zipfile_serialization=not old)
    content = file.getvalue()
    assert set(tensors_in(content, Path("whole.pth"))) == {"a.weight"}
    for size in range(0, len(content) - 1, 61):
        with pytest.raises(PenjingError) as caught:
            tensors_in(content[:size], Path("cut.pth"))
        assert caught.value.finding.rule in ("not-weights", "needs-code")  # half a name of torch's is another name
        assert "could this error" not in caught.value.finding.what.lower()  # torch's request to its own users


def test_a_zip_archive_of_anything_is_told_as_such() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("cats/1.png", b"picture")
    with pytest.raises(PenjingError, match=r"a zip archive that torch\.save did not write"):
        tensors_in(file.getvalue(), Path("pictures.zip"))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK", b"\x80\x02", b"\xff" * 100], ids=repr)
def test_bytes_that_are_no_weights_are_said_to_be_none(content: bytes) -> None:
    with pytest.raises(PenjingError) as caught:
        tensors_in(content, Path("some.bin"))
    assert caught.value.finding.rule == "not-weights"


def test_weights_that_cannot_be_used_are_one_finding(
    digits: Callable[..., Path], low_run: Run, digits_run: Path, tmp_path: Path
) -> None:
    source = digits(5, 6, 7)
    state = CNN(3).state_dict()
    assert refusal(tmp_path / "nowhere.pth", source) == "no-such-path"
    assert refusal(tmp_path, source) == "not-a-run"
    assert refusal(saved({"a": [1, 2]}, tmp_path / "1.pth"), source) == "not-weights"
    assert refusal(saved({"other.name": state["head.weight"]}, tmp_path / "2.pth"), source) == "weights-do-not-fit"
    assert refusal(saved(CNN(3, widths=(8, 16)), tmp_path / "3.pth"), source) == "weights-do-not-fit"
    assert refusal(low_run.path, source, width=16) == "weights-do-not-fit"
    assert refusal(low_run.path, source, model="mlp") == "weights-do-not-fit"
    broken = saved({**state, "stages.0.conv.weight": state["stages.0.conv.weight"] / 0}, tmp_path / "4.pth")
    assert refusal(broken, source) == "weights-not-finite"
    compressed = tmp_path / "compressed"
    shutil.copytree(low_run.path, compressed)
    files.write(compressed / "parent", b"elsewhere")
    assert refusal(compressed, source) == "compressed-run"


def test_weights_of_a_text_model_are_refused_for_pictures(
    digits: Callable[..., Path], low_run: Run, tmp_path: Path
) -> None:
    shutil.copytree(low_run.path, tmp_path / "text")
    config = (tmp_path / "text" / "config.json").read_text()
    (tmp_path / "text" / "config.json").write_text(config.replace('"task": "classify"', '"task": "generate"', 1))
    assert refusal(tmp_path / "text", digits(5, 6)) == "weights-do-not-fit"
