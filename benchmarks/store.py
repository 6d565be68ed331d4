"""How fast photographs come into the store, and in how much memory, beside the loop that one would write by hand.

Photographs of 12 megapixels are made of noise at several scales, so that their JPEGs are as large as a camera's; one
that is encoded lies under many names, each with a comment of its own, so that no two files are equal. The store and a
bare loop (pillow's `open`, full decode, `convert`, `resize`, into one array in memory) take turns, each in a process of
its own, whose memory is sampled with that of its children.

    OMP_NUM_THREADS=1 python benchmarks/store.py [--pictures 3000] [--side 500] [--json]
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import msgspec
import numpy as np
from PIL import Image
from rich.console import Console

from penjing.verbs.text import table

MOST_DISK_BYTES, MOST_MEMORY_BYTES = 1_000_000_000, 600_000_000  # for 3,000 photographs
SIZE = 128  # pixels: the side that they are brought to
WAYS = ("store", "threads", "bare loop")


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table."""

    way: str
    seconds: float
    pictures_per_second: float
    memory_bytes: int  # of all its processes at their largest together
    disk_bytes: int  # left behind


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


def run(way: str, source: str) -> None:
    """What is measured, in a process of its own."""
    if way == "bare loop":
        paths = sorted(Path(source).rglob("*.jpg"))
        pictures = np.empty((len(paths), SIZE, SIZE, 3), dtype=np.uint8)
        for i, path in enumerate(paths):
            with Image.open(path) as picture:
                resized = picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
                pictures[i] = np.asarray(resized)
        return
    from penjing.config import Data
    from penjing.data import store
    from penjing.data.decoding_processes import cores
    from penjing.data.readers import reader_of

    settings = Data(source, size=SIZE, color="rgb")
    listed = reader_of(source).read(settings)
    began = time.perf_counter()
    if way == "threads":
        opener = store.opener_of(listed, settings)
        assert opener is not None
        files = [file for split in listed.splits.values() for file in split.inputs]
        with ThreadPoolExecutor(cores()) as threads:
            np.stack(list(threads.map(lambda file: opener.open(file.read()), files)))
    else:
        store.decoded(listed, settings)
    sys.stdout.write(f"{time.perf_counter() - began}\n")


def measure(way: str, source: Path, count: int, cache: Path) -> Result:
    """Run one way from scratch, its memory sampled each 50 ms."""
    environment = os.environ | {"PENJING_CACHE": str(cache)}
    command = [sys.executable, __file__, "--run", way, str(source)]
    began = time.perf_counter()
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
    seconds = float(said) if said else time.perf_counter() - began
    disk = sum(path.stat().st_blocks * 512 for path in cache.rglob("*") if path.is_file())
    return Result(way=way, seconds=seconds, pictures_per_second=count / seconds, memory_bytes=peak[0], disk_bytes=disk)


def memory_of(pid: int) -> int:
    """Resident bytes of a process and of its children (Linux); pages that they share count once to each."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(memory_of(int(child)) for child in children)


def show(results: list[Result], pictures: int, side: int, console: Console) -> None:
    """One table."""
    rows: list[tuple[Any, ...]] = [
        (
            result.way,
            f"{result.seconds:.1f}",
            f"{result.pictures_per_second:.1f}",
            f"{result.memory_bytes / 1e6:.0f}",
            f"{result.disk_bytes / 1e6:.0f}",
        )
        for result in results
    ]
    title = f"{pictures:,} photographs of {side}x{side * 3 // 4}, to {SIZE} px"
    console.print(table(["way", "seconds", "pictures/s", "memory, MB", "disk, MB"], rows, title=title))


@click.command()
@click.option("--pictures", default=200, show_default=True, help="Photographs; 3,000 take 7 GB of disk to make.")
@click.option("--side", default=4000, show_default=True, help="The longer side of a photograph, pixels.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--run", "to_run", nargs=2, hidden=True, metavar="WAY FOLDER")
def main(pictures: int, side: int, as_json: bool, to_run: tuple[str, str] | None) -> None:
    """Measure the store beside a bare loop."""
    if to_run is not None:
        run(*to_run)
        return
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "photographs"
        write_photographs(source, pictures, height=side * 3 // 4, width=side)
        results = [measure(way, source, pictures, Path(folder) / way) for way in WAYS]
    kept = results[0]
    share = 3000 / pictures
    reached = kept.memory_bytes <= MOST_MEMORY_BYTES and kept.disk_bytes * share <= MOST_DISK_BYTES
    if as_json:
        told = {"pictures": pictures, "side": side, "reached": reached, "results": msgspec.to_builtins(results)}
        click.echo(json.dumps(told))
        return
    console = Console(highlight=False)
    show(results, pictures, side, console)
    console.print(f"under 1 GB of disk for 3,000, and 600 MB of memory: {'reached' if reached else 'not reached'}")


if __name__ == "__main__":
    main()
