"""Named arrays in a file: as they were, the same bytes for the same content, and any change is found."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from penjing.arrays import pack, seal_in, unpack
from penjing.findings import PenjingError

ARRAYS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "empty": np.zeros((0, 4)), "step": np.array(3)}


def test_arrays_and_facts_come_back_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(pack(ARRAYS, {"step": 7}))
    arrays, facts = unpack(tmp_path / "m")
    assert facts == {"step": 7}
    assert all(np.array_equal(arrays[name], array) for name, array in ARRAYS.items())
    assert all((arrays[name].dtype, arrays[name].shape) == (a.dtype, a.shape) for name, a in ARRAYS.items())


def test_a_seal_is_read_without_the_arrays_and_tells_contents_apart(tmp_path: Path) -> None:
    one, other, text = tmp_path / "one", tmp_path / "other", tmp_path / "text"
    one.write_bytes(pack({"a": np.zeros(3)}, {}))
    other.write_bytes(pack({"a": np.ones(3)}, {}))
    text.write_text("no such file at all")
    assert len({seal_in(one), seal_in(other)}) == 2
    assert len(seal_in(one)) == 64
    assert [seal_in(path) for path in (text, tmp_path / "nowhere", tmp_path)] == [""] * 3


def test_the_same_content_is_the_same_bytes() -> None:
    assert pack(ARRAYS, {"step": 7}) == pack(dict(reversed(ARRAYS.items())), {"step": 7})


def test_one_changed_byte_anywhere_is_found(tmp_path: Path) -> None:
    content = bytearray(pack(ARRAYS, {"step": 7}))
    for at in range(len(content)):
        content[at] ^= 1
        (tmp_path / "m").write_bytes(content)
        with pytest.raises(PenjingError) as caught:
            unpack(tmp_path / "m")
        assert caught.value.finding.rule in ("weights-damaged", "not-safetensors")
        content[at] ^= 1


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return Path.touch, (tmp_path / "sprung",)

    (tmp_path / "weights").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(PenjingError, match="pickle"):
        unpack(tmp_path / "weights")
    assert not (tmp_path / "sprung").exists()
