"""Whether a training that is killed again and again ends in the same bits as one that nobody disturbed.

A short training is killed with -9 at random moments and resumed, until it ends; then another one is, until there were
as many kills as asked. The weights of each are held against those of one undisturbed training, byte by byte.

    python benchmarks/resume.py [--kills 50] [--json] [SOURCE] [KEY=VALUE ...]
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from penjing.run import Run

DEFAULT = ("sklearn:digits", "budget=30epochs", "optimizer=muon", "ema=0.99", "keep=best")
EXACT = (
    "threads=1",
    "save_every=0.05",
)  # bits repeat on one thread; most kills find a checkpoint
WITHIN = 0.8  # seconds from a new checkpoint to the next kill
EARLY = 0.2  # share of the kills that wait for no checkpoint: they hit what comes before the first of a process
BEGUN = 4.0  # seconds in which imports, reading, measuring and the first steps are over


def begin(*words: object) -> "subprocess.Popen[bytes]":
    """`penjing train` in the background; what it says on standard error is kept for a failure."""
    return subprocess.Popen(
        [sys.executable, "-m", "penjing", "train", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def finish(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a training to end well.

    Raises:
        click.ClickException: with its last words where it did not.
    """
    _, err = process.communicate()
    if process.returncode:
        raise click.ClickException(f"the training ended with exit code {process.returncode}:\n{err.decode()}")


def disturbed(
    folder: Path,
    words: tuple[object, ...],
    kills: int,
    rng: np.random.Generator,
    *,
    within: float = WITHIN,
    early: float = 0.0,
) -> int:
    """Train in a folder to the end, killed at random moments on the way.

    Most kills come after a process has saved a checkpoint of its own, or else it would never come to its end.

    Args:
        folder: of the run.
        words: source and settings.
        kills: at most.
        rng: draws the moments.
        within: seconds from a new checkpoint to the kill, at most.
        early: share of the kills that come at any moment from the start of a process, in `BEGUN` seconds.

    Returns:
        The kills that hit: a training may end before.
    """
    hit = 0
    process = begin(*words, "--out", folder)
    while hit < kills:
        before, is_early = _checkpoint(folder), rng.random() < early
        while not is_early and process.poll() is None and _checkpoint(folder) == before:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, BEGUN if is_early else within))
        process.kill()
        if process.wait() != -signal.SIGKILL:
            break
        process.communicate()
        hit += 1
        process = begin("--resume", folder) if (folder / "config.json").exists() else begin(*words, "--out", folder)
    finish(process)
    return hit


def _checkpoint(folder: Path) -> int:
    """What tells one checkpoint from the next; 0 where there is none."""
    path = Run(folder).checkpoint_path
    return path.stat().st_mtime_ns if path.exists() else 0


def differences(run: Path, undisturbed: Path) -> list[str]:
    """In what two runs differ that must be the same: bytes of weights, and steps done."""
    names = sorted({path.name for folder in (run, undisturbed) for path in (folder / "weights").glob("*.safetensors")})
    paths = [(run / "weights" / name, undisturbed / "weights" / name) for name in names]
    differ = [
        f"weights/{a.name}" for a, b in paths if not (a.exists() and b.exists() and a.read_bytes() == b.read_bytes())
    ]
    return differ + ["steps"] * (Run(run).log[-1]["step"] != Run(undisturbed).log[-1]["step"])


@click.command()
@click.argument("words", nargs=-1, metavar="[SOURCE] [KEY=VALUE ...]")
@click.option("--kills", default=50, show_default=True, help="How many, at least one a training.")
@click.option("--seed", default=None, type=int, help="Of the moments; drawn anew each time otherwise.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def main(words: tuple[str, ...], kills: int, seed: int | None, as_json: bool) -> None:
    """Kill trainings with -9 at random moments; exit code 1 where one ends in other bits than an undisturbed one."""
    settings = (*(words or DEFAULT), *EXACT)
    seed = int(np.random.default_rng().integers(2**32)) if seed is None else seed
    rng = np.random.default_rng(seed)
    done, trainings, differ = 0, 0, list[str]()
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        finish(begin(*settings, "--out", whole))
        while done < kills:
            killed = Path(folder) / f"killed-{trainings}"
            hit = disturbed(killed, settings, kills - done, rng, early=EARLY)
            if not hit:
                raise click.ClickException("the training ended before it could be killed: give it a longer budget")
            done, trainings = done + hit, trainings + 1
            differ += [f"training {trainings}: {what}" for what in differences(killed, whole)]
            click.echo(f"{done} of {kills} kills, {trainings} trainings, {len(differ)} differences", err=True)
    if as_json:
        told = {"kills": done, "trainings": trainings, "seed": seed, "differences": differ, "settings": settings}
        click.echo(json.dumps(told))
    else:
        click.echo(
            "\n".join([f"{done} kills in {trainings} trainings, seed {seed}", *(differ or ["all bits are the same"])])
        )
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
