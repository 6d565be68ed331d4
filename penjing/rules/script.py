"""Check a script: run it unmodified in a process of its own, the watch installed before it begins. No torch here."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from penjing import files
from penjing.findings import Finding, PenjingError, has_error, stop

SOFT = 0.75  # share of the limit after which a script is left at its next step


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the child process says of the script."""

    ended: Literal["enough", "finished", "crashed"]
    steps: int
    backwards: int
    seconds: float
    findings: tuple[Finding, ...]
    error: str = ""  # last line of the traceback
    where: str = ""  # the script's line at which it was raised


def check_script(script: Path, arguments: Sequence[str], *, limit: float) -> Report:
    """Run a script until enough of its loop was seen, at most `limit` seconds.

    Its standard output goes to our standard error; it runs in the current folder, as `python script.py` would.

    Raises:
        PenjingError: `no-such-path`; `script-out-of-time`, `script-killed`; `script-crashed` where no rule explains the
            crash; `never-trains` where it ended without a single backward or step.
    """
    if not script.is_file():
        raise files.no_such_path(script)
    with tempfile.TemporaryDirectory(prefix="penjing-check-") as folder:
        path = Path(folder) / "report.json"
        code = _run(script, arguments, path, limit)
        if not path.exists():
            raise _out_of_time(script, limit) if code is None else _killed(script, code)
        report = files.read_json(path, Report)
    if report.ended == "crashed":
        crash = _crashed(script, report)
        if not has_error(report.findings):
            raise crash
        explained = msgspec.structs.replace(crash.finding, severity="warning", why="see the findings above.")
        return msgspec.structs.replace(report, findings=(*report.findings, explained))
    if not (report.steps or report.backwards):
        raise _never_trains(script, report)
    return report


def _run(script: Path, arguments: Sequence[str], report: Path, limit: float) -> int | None:
    """The exit code, or None where time was up. Whatever processes the script began end with it."""
    command = [sys.executable, "-m", "penjing.rules.watched_script", str(report), str(SOFT * limit), str(script)]
    child = subprocess.Popen([*command, *arguments], stdin=subprocess.DEVNULL, stdout=2, start_new_session=True)
    try:
        return child.wait(timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end_group(child)


def _end_group(child: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left; macOS says it by the second
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def _out_of_time(script: Path, limit: float) -> PenjingError:
    return stop(
        "script-out-of-time",
        f"{script.name} was ended after {limit:g} seconds, without a step that could be looked at",
        where=str(script),
        why="rules judge steps; it did not come to one, or it loops for ever.",
        try_=f"penjing check {script} --limit {4 * limit:g}, or give it less data to read first",
    )


def _killed(script: Path, code: int) -> PenjingError:
    how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with code {code}, past Python's own way out"
    return stop(
        "script-killed",
        f"{script.name} ended {how}",
        where=str(script),
        why="it took what was seen of its loop with it.",
        try_=f"python {script}  alone shows whether it runs; too little memory ends with SIGKILL",
    )


def _crashed(script: Path, report: Report) -> PenjingError:
    return stop(
        "script-crashed",
        f"{script.name} ended with {report.error}",
        where=report.where,
        why="a loop that ends by itself in an error cannot be judged further.",
        try_=f"python {script}  alone shows the whole traceback; its own arguments stand after --",
        evidence={"steps": report.steps, "backwards": report.backwards},
    )


def _never_trains(script: Path, report: Report) -> PenjingError:
    return stop(
        "never-trains",
        f"{script.name} ended after {report.seconds:.1f} seconds without a backward or a step in its main thread",
        where=str(script),
        why="there was no training to look at; other threads and processes that the script begins are not watched.",
        try_="name the script that trains, and the arguments that make it: penjing check train.py -- --epochs 1",
    )
