"""Readers: which settings each has a use for, and that others are refused."""

import importlib
from pathlib import Path

import pytest

from penjing.data.readers import HEEDED, OF_PICTURES, READERS, Reader, reader_of, refuse_unheeded
from penjing.findings import PenjingError
from penjing.settling import asked
from tests.pictures import class_folders, tree

HEEDS = {name: importlib.import_module(f"penjing.data.readers.{name}").heeds for name in READERS}


def test_what_readers_heed_is_what_there_is_to_heed() -> None:
    assert OF_PICTURES.union(*HEEDS.values()) == set(HEEDED)


@pytest.fixture
def readers(tmp_path: Path) -> dict[str, Reader]:
    (tmp_path / "names.txt").write_text("Ann")
    folder = tree(tmp_path / "folder", class_folders(1))
    (tmp_path / "list.csv").write_text("path,label")
    sources = ("sklearn:digits", "cartpole", tmp_path / "names.txt", folder, tmp_path / "list.csv", tmp_path / "x.npz")
    return {Path(source).name: reader_of(str(source)) for source in sources}


@pytest.mark.parametrize(
    ("source", "heeded", "unheeded"),
    [
        ("sklearn:digits", {}, {"group": "time", "target": "x", "target_type": "number", "text": "lines"}),
        ("cartpole", {}, {"group": "time", "target": "x", "text": "prose", "size": "8"}),
        ("names.txt", {"text": "lines"}, {"group": "time", "target": "x", "color": "rgb"}),
        (
            "folder",
            {"group": "time", "size": "8", "color": "rgb"},
            {"target": "x", "target_type": "class", "text": "lines"},
        ),
        ("list.csv", {"group": "time", "target": "x", "target_type": "number"}, {"text": "lines"}),
        ("x.npz", {"group": "time", "target_type": "number"}, {"target": "x", "text": "lines"}),
    ],
)
def test_a_setting_that_a_source_has_no_use_for_is_refused_by_name(
    readers: dict[str, Reader], source: str, heeded: dict[str, str], unheeded: dict[str, str]
) -> None:
    refuse_unheeded(readers[source], asked(heeded | {"lr": "0.1"}), source)
    for name, value in unheeded.items():
        with pytest.raises(PenjingError) as caught:
            refuse_unheeded(readers[source], asked(heeded | {name: value}), source)
        finding = caught.value.finding
        assert (finding.rule, finding.where) == ("unused-setting", f"{name}={value}")
        assert finding.what == f"`{name}` has no use with {source}"
