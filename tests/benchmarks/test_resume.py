"""The stress of resuming: what it would notice."""

from pathlib import Path
from shutil import copytree

from benchmarks.resume import differences


def test_one_flipped_bit_a_missing_file_or_step_is_a_difference(digits_run: Path, tmp_path: Path) -> None:
    copytree(digits_run, tmp_path / "run")
    assert differences(tmp_path / "run", digits_run) == []
    weights = tmp_path / "run" / "weights" / "last.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert differences(tmp_path / "run", digits_run) == ["weights/last.safetensors"]
    weights.unlink()
    log = tmp_path / "run" / "log.jsonl"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:-3]))
    assert differences(tmp_path / "run", digits_run) == ["weights/last.safetensors", "steps"]
