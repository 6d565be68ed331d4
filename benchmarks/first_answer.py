"""How soon `penjing train FOLDER` leaves a first answer on disk: rough weights, and a score with its interval.

The folder holds photographs of ordinary size, nothing of which was decoded before: pictures of flowers, enlarged, with
a camera's noise, so that their JPEGs are as long as a camera's. The training is stopped when its answer is there.

    python -m benchmarks.first_answer [--pictures 3000] [--side 1600] [--json]
"""

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import click
import msgspec
import numpy as np
from PIL import Image

from penjing.run import Run

SOURCE = "../shared/data/flower_photos.zip"
MOST_SECONDS = 60.0
LONGEST = 600.0  # after which we no longer wait
NOISE = 6.0  # standard deviation, of 255 levels


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What stood on disk first, and when."""

    pictures: int
    side: int  # the longer one, pixels
    bytes: int  # of a photograph, mean
    first_seconds: float  # from the shell's prompt
    most_seconds: float
    name: str  # of the score, on the validation split
    score: float
    low: float
    high: float


def write_photographs(source: Path, folder: Path, pictures: int, side: int) -> int:
    """Enlarge pictures of the source, the same share of each class; gives their bytes."""
    noise = np.random.default_rng(0).normal(0, NOISE, (side, side, 1)).astype(np.int16)
    written = 0
    with zipfile.ZipFile(source) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        if pictures > len(names):
            raise click.UsageError(f"{source} has {len(names):,} pictures")
        for i, at in enumerate(np.linspace(0, len(names) - 1, pictures).astype(int)):
            content = enlarged(archive.read(names[at]), side, np.roll(noise, 97 * i, axis=0))
            path = folder / Path(names[at]).parent.name / f"{i:05d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written += len(content)
    return written


def enlarged(content: bytes, side: int, noise: np.ndarray) -> bytes:
    """A JPEG whose longer side has so many pixels."""
    with Image.open(io.BytesIO(content)) as picture:
        scale = side / max(picture.size)
        size = (round(picture.width * scale), round(picture.height * scale))
        pixels = np.asarray(picture.convert("RGB").resize(size, Image.Resampling.BICUBIC)).astype(np.int16)
    pixels += noise[: size[1], : size[0]]
    saved = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(saved, "JPEG", quality=90)
    return saved.getvalue()


def first_answer(run: Run) -> dict[str, Any] | None:
    """The first validation score, once weights stand beside it."""
    has_weights = run.checkpoint_path.exists() or (run.path / "weights").exists()
    scored = [line for line in run.log if "validation" in line]
    return scored[0] if has_weights and scored else None


def measure(source: Path, pictures: int, side: int, words: tuple[str, ...]) -> Result:
    """Train until the first answer is there.

    Raises:
        click.ClickException: where the training ends, or time passes, without one.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder, run = Path(temporary) / "photographs", Run(Path(temporary) / "run")
        written = write_photographs(source, folder, pictures, side)
        command = [sys.executable, "-m", "penjing", "train", str(folder), "--out", str(run.path), *words]
        environment = os.environ | {"PENJING_CACHE": f"{temporary}/cache"}
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            while not (answer := first_answer(run)):
                if process.poll() is not None or time.perf_counter() - began > LONGEST:
                    raise click.ClickException("the training left no answer")
                time.sleep(0.1)
            seconds = time.perf_counter() - began
        finally:
            process.send_signal(signal.SIGINT)  # it saves, and ends
            process.wait()
    return Result(
        pictures=pictures,
        side=side,
        bytes=written // pictures,
        first_seconds=seconds,
        most_seconds=MOST_SECONDS,
        name=answer["name"],
        score=answer["validation"],
        low=answer["low"],
        high=answer["high"],
    )


@click.command()
@click.argument("words", nargs=-1, metavar="[KEY=VALUE ...]")
@click.option("--source", default=SOURCE, show_default=True, type=click.Path(path_type=Path, exists=True))
@click.option("--pictures", default=3000, show_default=True)
@click.option("--side", default=1600, show_default=True, help="The longer side of a photograph, pixels.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def main(words: tuple[str, ...], source: Path, pictures: int, side: int, as_json: bool) -> None:
    """Measure the seconds until a first answer stands on disk."""
    result = measure(source, pictures, side, words)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(result)))
        return
    click.echo(f"{pictures:,} photographs of {side} pixels, {result.bytes:,} bytes each: after")
    click.echo(f"{result.first_seconds:.1f} s {result.name} {result.score:.3f} [{result.low:.3f}, {result.high:.3f}]")


if __name__ == "__main__":
    main()
