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
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from typing import Self

import msgspec

import penjing
from penjing.data.decode_rows import Decoded, Job
from penjing.data.picture_files import PictureFile
from penjing.findings import PenjingError, stop

MOST_PROCESSES = 8  # each takes 60 MB or so beside the picture in hand

Rows = Sequence[tuple[int, PictureFile]]


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class DecodingProcesses:
    """Processes for one job, ended when the block is left.

    Args:
        job: what they write where.
        count: how many.
    """

    def __init__(self, job: Job, count: int) -> None:
        self._errors = [tempfile.TemporaryFile() for _ in range(count)]  # noqa: SIM115  one each; closed below
        package = str(Path(penjing.__file__).parents[1])
        paths = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
        # -P: a file random.py in the current folder is not to be taken for Python's own
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-P", "-m", "penjing.data.decode_rows"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=os.environ | {"PYTHONPATH": paths},
            )
            for errors in self._errors
        ]
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._threads = ThreadPoolExecutor(count)  # that wait for answers
        self._job = msgspec.json.encode(job) + b"\n"

    def __enter__(self) -> Self:
        for process in self._processes:
            self._idle.put(process)
            assert process.stdin is not None
            process.stdin.write(self._job)
        return self

    def __exit__(self, *failure: object) -> None:
        for process in self._processes:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.communicate()
        for errors in self._errors:
            errors.close()

    def decode(self, chunks: Sequence[Rows]) -> Iterator[tuple[Rows, Decoded]]:
        """Each chunk of rows when it is written, whichever is first.

        Raises:
            OSError: from writing.
            PenjingError: `decoder-died`.
        """
        chunk_of = {self._threads.submit(self._decoded, chunk): chunk for chunk in chunks}
        for future in as_completed(chunk_of):
            yield chunk_of[future], future.result()

    def _decoded(self, chunk: Rows) -> Decoded:
        process = self._idle.get()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps([(row, file.root, file.name) for row, file in chunk]).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            self._idle.put(process)  # a dead one too: who takes it finds out, and does not wait for ever
        if not line:
            raise self._died(process, chunk)
        answer = json.loads(line)
        if "errno" in answer:
            raise OSError(answer["errno"], answer["strerror"])
        return msgspec.convert(answer, Decoded, strict=False)  # rows are words in JSON

    def _died(self, process: "subprocess.Popen[bytes]", chunk: Rows) -> PenjingError:
        code = process.wait()
        errors = self._errors[self._processes.index(process)]
        errors.seek(0)
        said = errors.read().decode(errors="backslashreplace").strip().splitlines()
        return stop(
            "decoder-died",
            f"a process that decodes pictures ended with code {code}" + (f": {said[-1]}" if said else ""),
            where=f"between {chunk[0][1]} and {chunk[-1][1]}",
            why="a picture that kills its decoder would kill the training.",
            try_="run the same command again: it goes on there; move that picture away if it ends so again",
        )
