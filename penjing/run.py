"""Run: a folder that holds one training, whole at every moment.

config.json               every setting with its origin: enough to train again
spec.json                 what the data fixed: classes, sizes, vocabulary
findings.json             what was found wrong or worth knowing
log.jsonl                 losses, rates and validation scores, a line each
weights/NAME.safetensors  last, best by validation score, and the first that were scored in a long training; sealed
state/checkpoint.safetensors  one moment of the training in one file, so that its parts can never disagree
scores.json               by split, with interval, baselines, cost and how often the split was looked at
graphs/NAME.onnx          instead of weights, where the run is a compressed one
parent                    the run that a compressed one was made from
compression.json          how it was made, and what each version scored and took
report.html
"""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from penjing import files
from penjing.arrays import Arrays, pack, seal_in, unpack
from penjing.config import FORMAT, Config
from penjing.findings import Finding, PenjingError, listed, stop

Options = TypeVar("Options", bound=msgspec.Struct)
Spec = TypeVar("Spec")


class _Header(msgspec.Struct):
    """Just enough of config.json to know whether we can read the rest."""

    format: int


class _Mark(msgspec.Struct):
    """What tells config.json from files of that name that others write."""

    penjing: str
    data_fingerprint: str


class Run:
    """A training on disk. Every file is written whole or not at all; nothing is ever unpickled."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @classmethod
    def create(cls, path: Path | str, config: Config[Any], spec: msgspec.Struct) -> "Run":
        """Begin a run in a new or empty folder; config.json is written last, so a folder that has it is a run.

        Raises:
            PenjingError: `run-exists` where the folder holds a run, `cannot-write` where it cannot be written.
        """
        run = cls(path)
        run.refuse_existing()
        run.write_spec(spec)
        run.write_findings([])
        run.write_config(config)
        return run

    @classmethod
    def create_compressed(
        cls, path: Path | str, parent: "Run", graphs: Mapping[str, bytes], compression: msgspec.Struct
    ) -> "Run":
        """Keep graphs that were made from another run, and how; config.json is written last here too.

        Raises:
            PenjingError: `run-exists`, `cannot-write`.
        """
        run = cls(path)
        run.refuse_existing(try_="another --out")
        for name, content in graphs.items():
            files.write(run.path / "graphs" / f"{name}.onnx", content)
        files.write(run.path / "parent", str(parent.path.resolve()).encode())
        files.write_json(run.path / "compression.json", compression)
        run.write_findings([])
        for name in ("spec.json", "config.json"):
            files.write(run.path / name, files.read(parent.path / name))
        return run

    @staticmethod
    def is_at(path: Path) -> bool:
        """Whether a folder, of anyone's, holds a run."""
        file = path / "config.json"
        try:
            return file.is_file() and bool(files.read_json(file, _Mark))
        except PenjingError:
            return False

    def refuse_existing(self, try_: str | None = None) -> None:
        """Stop where the folder holds a run already.

        Args:
            try_: what to try; to go on with that run, or another folder, where nothing is said.

        Raises:
            PenjingError: `run-exists`; `cannot-write` where a file lies in its place.
        """
        files.refuse_file(self.path)
        if (self.path / "config.json").exists():
            raise stop(
                "run-exists",
                f"{self.path} already holds a run",
                where=str(self.path),
                why="a second one there would overwrite the first.",
                try_=try_ or f"penjing train --resume {self.path}, or another --out",
            )

    def entries(self) -> set[Path]:
        """What lies in its folder; nothing where there is none."""
        return set(self.path.iterdir()) if self.path.is_dir() else set()

    def discard(self, before: set[Path]) -> None:
        """Take back a run that has taken no step.

        Args:
            before: entries of its folder that stay; where there are none, the folder goes too.
        """
        for entry in self.entries() - before:
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):  # Windows keeps a lock that is held
                    entry.unlink()
        with contextlib.suppress(OSError):  # something else lies in it
            self.path.rmdir()

    @classmethod
    def open(cls, path: Path | str) -> "Run":
        """Open a run that exists.

        Raises:
            PenjingError: `no-such-path`; `not-a-run` where config.json is missing, as it is in a folder of several
                runs; `other-format`; `not-as-written`.
        """
        run = cls(path)
        if not run.path.exists():
            raise files.no_such_path(run.path)
        if not (run.path / "config.json").is_file():
            inside = sorted(str(entry) for entry in run.entries() if cls.is_at(entry))
            if inside:
                raise stop(
                    "not-a-run",
                    f"{run.path} holds runs, and is none itself: {listed([Path(one).name for one in inside])}",
                    where=str(run.path),
                    why="each of them has weights and scores of its own, and one is needed here.",
                    try_=f"{inside[0]}, or another of them; penjing compare {' '.join(inside[:2])}  tells two apart",
                )
            raise stop(
                "not-a-run",
                f"{run.path} is not a run: it has no config.json",
                where=str(run.path),
                why="config.json is written when a training begins; without it nothing can be gone on with.",
                try_="the folder of a run, such as runs/digits-1; penjing train DATA  makes one",
            )
        format = files.read_json(run.path / "config.json", _Header).format
        if format != FORMAT:
            raise stop(
                "other-format",
                f"{run.path} is a run of format {format}, this Penjing reads format {FORMAT}",
                where=str(run.path / "config.json"),
                why="guessing what an older or newer run means could change its scores without a word.",
                try_="use the version named under `penjing` in config.json, or train again",
            )
        return run

    # What was asked, and what the data fixed

    @property
    def config(self) -> Config[Any]:
        """All settings with their origins; the task's own as a plain dict."""
        return files.read_json(self.path / "config.json", Config[Any])

    def config_for(self, options: type[Options]) -> Config[Options]:
        """All settings, the task's own typed."""
        return files.read_json(self.path / "config.json", Config[options])  # type: ignore[valid-type]

    def write_config(self, config: Config[Any]) -> None:
        """Keep all settings; a folder that has them is a run."""
        files.write_json(self.path / "config.json", config)

    def spec_for(self, spec: type[Spec]) -> Spec:
        """What the data fixed, typed by the task."""
        return files.read_json(self.path / "spec.json", spec)

    def write_spec(self, spec: msgspec.Struct) -> None:
        """Keep what the data fixed."""
        files.write_json(self.path / "spec.json", spec)

    # What happened

    @property
    def findings(self) -> list[Finding]:
        """What was found while training, in order of importance."""
        return files.read_json(self.path / "findings.json", list[Finding])

    def write_findings(self, findings: list[Finding]) -> None:
        """Keep what was found."""
        files.write_json(self.path / "findings.json", findings)

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of the log; empty before the first is written."""
        path = self.path / "log.jsonl"
        if not path.exists():
            return []
        try:
            lines = msgspec.json.Decoder(dict[str, Any]).decode_lines(files.read(path))
            if not all({"step", "fraction", "seconds"} <= line.keys() for line in lines):
                raise msgspec.DecodeError("a line has no step, fraction or seconds")
            return lines
        except msgspec.DecodeError as error:
            raise files.not_as_written(path, error) from error

    def write_log(self, lines: list[dict[str, Any]]) -> None:
        """Keep the log, whole."""
        files.write(self.path / "log.jsonl", msgspec.json.Encoder().encode_lines(lines))

    @property
    def scores(self) -> dict[str, Any]:
        """By split: the score with interval, baselines and cost, of the weights that answer now; empty before it.

        Scores of weights that a training left behind when it went on are not those of the run any more.
        """
        seal, scored = self.seal, self._scored
        return {split: one for split, one in scored.items() if not seal or one.get("weights", seal) in (seal, "")}

    @property
    def _scored(self) -> dict[str, dict[str, Any]]:
        path = self.path / "scores.json"
        return files.read_json(path, dict[str, dict[str, Any]]) if path.exists() else {}

    def looks(self, split: str) -> int:
        """How often a split was scored so far, with whatever weights."""
        return self._scored.get(split, {}).get("times_scored") or 0

    def write_score(self, split: str, score: msgspec.Struct) -> None:
        """Keep the score of a split beside those of others."""
        files.write_json(self.path / "scores.json", self._scored | {split: score})

    @property
    def seal(self) -> str:
        """The seal of the weights that answer; "" where there are none, as in a compressed run, which never changes."""
        return seal_in(self.path / "weights" / f"{self.answering(self.config.train.keep)}.safetensors")

    @property
    def parent(self) -> Path | None:
        """The run that this one was compressed from."""
        path = self.path / "parent"
        return Path(files.read(path).decode()) if path.exists() else None

    @property
    def compression(self) -> dict[str, Any]:
        """How a compressed run was made, as `penjing compress` wrote it; empty for a trained one."""
        path = self.path / "compression.json"
        return files.read_json(path, dict[str, Any]) if path.exists() else {}

    @property
    def is_finished(self) -> bool:
        """Whether the training reached its end; a compressed run is what another one came to."""
        return self.parent is not None or (self.path / "weights" / "last.safetensors").exists()

    def reopen(self) -> None:
        """Let a training that had reached its end be on its way again: from its last checkpoint."""
        (self.path / "weights" / "last.safetensors").unlink(missing_ok=True)

    # Weights, graphs and checkpoints

    def graphs(self) -> dict[str, bytes]:
        """The ONNX graphs of a compressed run by name; empty where the run holds weights."""
        return {path.stem: files.read(path) for path in sorted((self.path / "graphs").glob("*.onnx"))}

    def write_weights(self, name: str, arrays: Arrays) -> None:
        """Keep weights under a name such as `last`, sealed by a hash."""
        files.write(self.path / "weights" / f"{name}.safetensors", pack(arrays, {}))

    def answering(self, keep: str) -> str:
        """The name of the weights that answer: those kept at the end; before it the best so far, or the first."""
        there = [name for name in (keep, "best", "first") if (self.path / "weights" / f"{name}.safetensors").exists()]
        return there[0] if there else keep

    def weights(self, name: str) -> dict[str, np.ndarray]:
        """Weights by their name.

        Raises:
            PenjingError: `no-weights` where the training wrote none yet; `weights-damaged`, `not-safetensors`.
        """
        path = self.path / "weights" / f"{name}.safetensors"
        if not path.exists():
            raise stop(
                "no-weights",
                f"{self.path} has no weights `{name}` yet",
                where=str(path),
                why="the training was stopped before its first end.",
                try_=f"penjing train --resume {self.path}",
            )
        return unpack(path)[0]

    def write_checkpoint(self, arrays: Arrays, facts: Mapping[str, Any]) -> None:
        """Keep one checkpoint: everything that a resumed training needs, in one file."""
        files.write(self.checkpoint_path, pack(arrays, facts))

    def checkpoint(self) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
        """The last whole checkpoint, or None where none was kept yet."""
        return unpack(self.checkpoint_path) if self.checkpoint_path.exists() else None

    @property
    def checkpoint_path(self) -> Path:
        """Where the last checkpoint is, once one was kept."""
        return self.path / "state" / "checkpoint.safetensors"

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run for one training; the system lets go of it when the process dies, however it dies.

        Raises:
            PenjingError: `run-in-use` where another training holds it.
        """
        import filelock

        held = filelock.FileLock(self.path / ".lock", blocking=False)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            held.acquire()
        except filelock.Timeout as error:
            raise stop(
                "run-in-use",
                f"another training is writing to {self.path}",
                where=str(self.path),
                why="two trainings in one folder would overwrite each other.",
                try_="wait for it, or give another --out",
            ) from error
        except OSError as error:
            raise files.cannot_write(self.path, error) from error
        try:
            yield
        finally:
            held.release()
