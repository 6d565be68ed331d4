"""Several processes that decode pictures into one file. No torch.

Each is a fresh Python that imports numpy and pillow alone: a copy of this process (fork) is unsafe beside PyTorch's
threads, and multiprocessing's other ways would run a user's script once more where it lacks an `if __name__`.

Threads were measured beside them (benchmarks/store.py). On two busy cores they are as fast for photographs, and take
half the memory; but Python's lock is held for 7 % of the time that a photograph of 12 megapixels takes, 13 % at
500x375, 24 % at 160x120 and 58 % at 32x32, so that they can use 14, 8, 4 and not even 2 cores. And a picture that kills
its decoder ends one of these processes, and is named, where it would end the training.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from typing import Self

import msgspec

import penjing
from penjing.data.decode_rows import Decoded, DecodingJob
from penjing.data.picture_files import PictureFile
from penjing.findings import PenjingError, stop

MOST_PROCESSES = 8  # each takes 60 MB or so beside the picture in hand
MOST_DEATHS = 100  # of processes: a picture that kills its own costs nine, found among 256; more are no pictures' fault

Rows = Sequence[tuple[int, PictureFile]]


class DecodingProcesses:
    """Processes for one job, ended when the block is left.

    A picture that kills its process is found by halves: those that were decoded beside it are decoded again in fresh
    processes, and it is told as broken.

    Args:
        job: what they write where.
        count: how many.
    """

    def __init__(self, job: DecodingJob, count: int) -> None:
        self._job = msgspec.json.encode(job) + b"\n"
        self._processes: list[_Process] = []  # dead ones too
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        self._threads = ThreadPoolExecutor(count)  # that wait for answers
        self._count = count
        self._is_over = False

    def __enter__(self) -> Self:
        try:
            for _ in range(self._count):
                self._idle.put(self._started())
        except OSError:  # no room for another process
            self.__exit__()
            raise
        return self

    def __exit__(self, *failure: object) -> None:
        self._is_over = True
        for process in self._processes:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.close()

    def decode(self, chunks: Sequence[Rows]) -> Iterator[tuple[Rows, Decoded]]:
        """Each chunk of rows when it is written, whichever is first.

        Raises:
            OSError: from writing.
            PenjingError: `decoder-died`, where no picture is the cause.
        """
        chunk_of = {self._threads.submit(self._decoded, chunk): chunk for chunk in chunks}
        for future in as_completed(chunk_of):
            yield chunk_of[future], future.result()

    def _started(self) -> "_Process":
        process = _Process(self._job)
        self._processes.append(process)
        return process

    def _decoded(self, chunk: Rows) -> Decoded:
        process = idle = self._idle.get()
        try:
            done = process.decode(chunk)
            if done is None:
                idle = self._successor(process, chunk)
        finally:
            self._idle.put(idle)  # a dead one too, where none follows: who takes it finds out, and does not wait
        if done is not None:
            return done
        if len(chunk) == 1:
            return Decoded({chunk[0][0]: f"it kills its decoder ({process.end})"})
        middle = len(chunk) // 2
        first, second = self._decoded(chunk[:middle]), self._decoded(chunk[middle:])
        return Decoded(first.broken | second.broken, dict(Counter(first.traits) + Counter(second.traits)))

    def _successor(self, process: "_Process", chunk: Rows) -> "_Process":
        """Of a process that died over these rows.

        Raises:
            PenjingError: `decoder-died`, where no picture is the cause.
        """
        if self._is_over or not process.was_killed or len(self._processes) >= self._count + MOST_DEATHS:
            raise _died(process, chunk)
        return self._started()


class _Process:
    """One of them."""

    def __init__(self, job: bytes) -> None:
        package = str(Path(penjing.__file__).parents[1])
        paths = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed with the process
        # -P: a file random.py in the current folder is not to be taken for Python's own
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "penjing.data.decode_rows"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=os.environ | {"PYTHONPATH": paths},
            )
        except OSError:
            self._errors.close()
            raise
        assert self._process.stdin is not None
        self._process.stdin.write(job)

    def decode(self, chunk: Rows) -> Decoded | None:
        """What became of the rows when they are written; None where the process died over them.

        Raises:
            OSError: from writing.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            words = json.dumps([(row, file.root, file.name) for row, file in chunk])
            self._process.stdin.write(words.encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            return None
        if not line:
            return None
        answer = json.loads(line)
        if "errno" in answer:
            raise OSError(answer["errno"], answer["strerror"])
        return msgspec.convert(answer, Decoded, strict=False)  # rows are words in JSON

    @property
    def was_killed(self) -> bool:
        """Whether it was ended by a signal, or on Windows by what stands for one, and not by an exception of Python."""
        return not 0 <= self._process.wait() <= 255

    @property
    def end(self) -> str:
        """How it ended: `SIGSEGV`, `code 1: OSError: ...`."""
        code = self._process.wait()
        if code < 0:
            return signal.Signals(-code).name
        self._errors.seek(0)
        said = self._errors.read().decode(errors="backslashreplace").strip().splitlines()
        return f"code {code}" + (f": {said[-1]}" if said else "")

    def kill(self) -> None:
        """End it."""
        self._process.kill()

    def close(self) -> None:
        """End it, and let go of all it holds."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()


def _died(process: _Process, chunk: Rows) -> PenjingError:
    return stop(
        "decoder-died",
        f"a process that decodes pictures ended: {process.end}",
        where=f"between {chunk[0][1]} and {chunk[-1][1]}",
        why="no picture can be decoded that way, so none is to be blamed for it.",
        try_="run the same command again: it goes on there; penjing doctor  looks at what is installed",
    )
