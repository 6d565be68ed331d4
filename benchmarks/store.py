"""How fast photographs come into the store, and in how much memory, beside the loop that one would write by hand.

Photographs of 12 megapixels are made of noise at several scales, so that their JPEGs are as large as a camera's; one
that is encoded lies under many names, each with a comment of its own, so that no two files are equal. The store takes
them all at once: that is what its memory and disk are measured of. Then the store, threads in its place, and a bare
loop (pillow's `open`, full decode, `convert`, `resize`) take turns at smaller blocks, another one first each time, when
all files of the block were read once. Each is a process of its own, whose memory is sampled with that of its children,
and whose seconds go from the folder's name to the last picture: imports are left out, what each needs to list its files
is not. The ratio of a block's seconds is taken before the median.

    OMP_NUM_THREADS=1 python benchmarks/store.py [--pictures 3000] [--side 500] [--json]
"""

import functools
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
import numpy as np
from PIL import Image
from rich.console import Console

from penjing.verbs.text import table

MOST_DISK_BYTES, MOST_MEMORY_BYTES = 1_000_000_000, 600_000_000  # for 3,000 photographs
SIZE = 128  # pixels: the side that they are brought to


class Measured(NamedTuple):
    """One way on some photographs."""

    seconds: float
    memory_bytes: int  # of all its processes at their largest together
    disk_bytes: int  # left behind


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table, over all blocks."""

    way: str
    pictures_per_second: float
    times_faster: float  # than the bare loop, median over blocks
    memory_bytes: int  # at their largest


@functools.lru_cache(maxsize=4)
def photograph(seed: int, height: int = 3000, width: int = 4000) -> bytes:
    """A JPEG of quality 90."""
    rng = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), 128, dtype=np.float32)
    for cells, strength in ((8, 70), (40, 40), (200, 25), (800, 14)):
        noise = rng.normal(size=(cells * height // width, cells, 3)).astype(np.float32) * strength
        for channel in range(3):
            grown = Image.fromarray(noise[..., channel]).resize((width, height), Image.Resampling.BICUBIC)
            pixels[..., channel] += np.asarray(grown)
    content = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(content, "JPEG", quality=90)
    return content.getvalue()


def write_photographs(folder: Path, count: int, *, different: int = 4, height: int = 3000, width: int = 4000) -> None:
    """Two classes of them."""
    encoded = [photograph(seed, height, width) for seed in range(different)]
    for i in range(count):
        path = folder / ("a", "b")[i % 2] / f"{i:05d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        comment = f"{i:08d}".encode()
        content = encoded[i % different]  # a JPEG's first two bytes are its mark; a comment may follow
        path.write_bytes(content[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + content[2:])


def store_of(source: str) -> Callable[[], object]:
    """The store, as a training fills it."""
    from penjing.data import store

    settings, read = _reading(source)
    return lambda: store.decoded(read(), settings)


def threads_of(source: str) -> Callable[[], object]:
    """The store's own way to open pictures, by threads, into memory."""
    from penjing.data import store
    from penjing.runtime.machine import cores

    settings, read = _reading(source)

    def decode() -> None:
        listed = read()
        opener = store.opener_of(listed, settings)
        assert opener is not None
        files = [file for split in listed.splits.values() for file in split.inputs]
        pictures = np.empty((len(files), SIZE, SIZE, 3), dtype=np.uint8)

        def decode_one(i: int) -> None:
            pictures[i] = opener.open(files[i].read())

        with ThreadPoolExecutor(cores()) as threads:
            list(threads.map(decode_one, range(len(files))))

    return decode


def _reading(source: str) -> tuple[Any, Callable[[], Any]]:
    from penjing.config import Data
    from penjing.data.readers import image_folder

    settings = Data(source, size=SIZE, color="rgb")
    return settings, lambda: image_folder.read(settings)


def bare_loop_of(source: str) -> Callable[[], object]:
    """By hand, into memory."""

    def decode() -> None:
        paths = sorted(Path(source).rglob("*.jpg"))
        pictures = np.empty((len(paths), SIZE, SIZE, 3), dtype=np.uint8)
        for i, path in enumerate(paths):
            with Image.open(path) as picture:
                resized = picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
                pictures[i] = np.asarray(resized)

    return decode


WAYS = {"store": store_of, "threads": threads_of, "bare loop": bare_loop_of}


def run(way: str, source: str) -> None:
    """What is measured, in a process of its own; says its seconds."""
    decode = WAYS[way](source)
    began = time.perf_counter()
    decode()
    sys.stdout.write(f"{time.perf_counter() - began}\n")


def measure(way: str, source: Path, cache: Path) -> Measured:
    """Run one way from scratch, its memory sampled each 50 ms."""
    environment = os.environ | {"PENJING_CACHE": str(cache)}
    command = [sys.executable, __file__, "--run", way, str(source)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    peak = [0]

    def watch() -> None:
        while process.poll() is None:
            peak[0] = max(peak[0], memory_of(process.pid))
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    said = process.communicate()[0].decode()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{way} ended with code {process.returncode}")
    disk = sum(path.stat().st_blocks * 512 for path in cache.rglob("*") if path.is_file())
    return Measured(float(said), peak[0], disk)


def measured_whole(count: int, *, side: int) -> Measured:
    """The store on all photographs at once."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "photographs"
        write_photographs(source, count, height=side * 3 // 4, width=side)
        return measure("store", source, Path(folder) / "cache")


def measured_in_turn(blocks: int, count: int, *, side: int) -> dict[str, list[Measured]]:
    """Each way on each block, another one first each time; a block is gone when the next is made."""
    measured: dict[str, list[Measured]] = {way: [] for way in WAYS}
    for i in range(blocks):
        with tempfile.TemporaryDirectory() as block:
            source = Path(block) / "photographs"
            write_photographs(source, count, height=side * 3 // 4, width=side)
            for path in source.rglob("*.jpg"):
                path.read_bytes()
            first = i % len(WAYS)
            for way in [*WAYS][first:] + [*WAYS][:first]:
                measured[way].append(measure(way, source, Path(block) / way))
    return measured


def result_of(way: str, measured: Mapping[str, Sequence[Measured]], count: int) -> Result:
    """One way beside the bare loop, block by block of so many photographs."""
    ours = measured[way]
    ratios = [bare.seconds / block.seconds for bare, block in zip(measured["bare loop"], ours, strict=True)]
    return Result(
        way=way,
        pictures_per_second=count * len(ours) / sum(block.seconds for block in ours),
        times_faster=statistics.median(ratios),
        memory_bytes=max(block.memory_bytes for block in ours),
    )


def memory_of(pid: int) -> int:
    """Resident bytes of a process and of its children (Linux); pages that they share count once to each."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(memory_of(int(child)) for child in children)


def show(results: list[Result], console: Console) -> None:
    """One table."""
    rows: list[tuple[Any, ...]] = [
        (
            result.way,
            f"{result.pictures_per_second:.1f}",
            f"{result.times_faster:.1f} x",
            f"{result.memory_bytes / 1e6:.0f}",
        )
        for result in results
    ]
    console.print(table(["way", "pictures/s", "than bare", "memory, MB"], rows))


@click.command()
@click.option("--pictures", default=200, show_default=True, help="For the store, at once; 3,000 take 7 GB of disk.")
@click.option("--blocks", default=5, show_default=True, help="At which the ways take turns.")
@click.option("--of", "count", default=40, show_default=True, help="Photographs of a block.")
@click.option("--side", default=4000, show_default=True, help="The longer side of a photograph, pixels.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--run", "to_run", nargs=2, hidden=True, metavar="WAY FOLDER")
def main(pictures: int, blocks: int, count: int, side: int, as_json: bool, to_run: tuple[str, str] | None) -> None:
    """Measure the store, and beside a bare loop."""
    if to_run is not None:
        run(*to_run)
        return
    whole = measured_whole(pictures, side=side)
    measured = measured_in_turn(blocks, count, side=side)
    results = [result_of(way, measured, count) for way in WAYS]
    reached = whole.memory_bytes <= MOST_MEMORY_BYTES and whole.disk_bytes * 3000 / pictures <= MOST_DISK_BYTES
    if as_json:
        told = {"pictures": pictures, "side": side, "whole": whole._asdict(), "reached": reached}
        click.echo(json.dumps(told | {"blocks": blocks, "of": count, "results": msgspec.to_builtins(results)}))
        return
    console = Console(highlight=False)
    console.print(
        f"{pictures:,} photographs of {side}x{side * 3 // 4}, to {SIZE} px, by the store: {whole.seconds:.1f} s, "
        f"{whole.memory_bytes / 1e6:.0f} MB of memory, {whole.disk_bytes / 1e6:.0f} MB of disk"
    )
    console.print(f"under 1 GB of disk for 3,000, and 600 MB of memory: {'reached' if reached else 'not reached'}")
    show(results, console)


if __name__ == "__main__":
    main()
