"""The child process of `penjing check SCRIPT.py`: watches a script that knows nothing of us, and writes a report.

python -m penjing.rules.watched_script REPORT SECONDS SCRIPT [ARGUMENTS ...]
"""

import os
import runpy
import sys
import time
from pathlib import Path
from typing import Literal, NoReturn

from penjing import files
from penjing.findings import Finding, has_error
from penjing.rules.observe import Watch
from penjing.rules.places import line_of
from penjing.rules.script import Report
from penjing.rules.trace import Backward, Forward, Step

STEPS = 40  # enough for every rule of the steps themselves
STEPS_AFTER_EVALUATION = 5  # what an evaluation leaves behind, such as its mode, shows in these
PATIENCE_STEPS, PATIENCE_SECONDS = 400, 8.0  # after the first step, for an evaluation to come
BACKWARDS = 50  # without any step
FEW = 5  # steps: fewer cannot show most faults


class EnoughSeen(BaseException):
    """Ends the script from within; not an Exception, so that the script's own `except Exception` lets it through."""


class Observer:
    """Decides when enough was seen, and keeps the report."""

    def __init__(self, report: Path, seconds: float) -> None:
        self.path, self.seconds = report, seconds
        self.began = time.perf_counter()
        self.first_step: float | None = None
        self.asked = False
        self.watch = Watch(steps=sys.maxsize, after_step=self.look)

    def look(self) -> None:
        """After each step and backward: leave where there is nothing more to learn."""
        if self.asked:
            os._exit(0)  # the script swallowed what was to end it; the report is written
        if self._is_enough():
            self.asked = True  # the hooks stay, to see whether the script goes on all the same
            self.write("enough")
            raise EnoughSeen

    def _is_enough(self) -> bool:
        now, steps = time.perf_counter(), self.watch.steps_seen
        if now - self.began > self.seconds:
            return True
        if steps == 0:
            backwards = len(self.watch.trace.of(Backward))
            return backwards >= BACKWARDS and has_error(self.watch.findings)
        self.first_step = self.first_step or now
        if steps < STEPS:
            return False
        return (
            steps >= PATIENCE_STEPS
            or now - self.first_step > PATIENCE_SECONDS
            or self._steps_since_evaluation() >= STEPS_AFTER_EVALUATION
        )

    def _steps_since_evaluation(self) -> int:
        """Steps since the last call without gradients; 0 where there was none."""
        steps = 0
        for event in reversed(self.watch.trace.events):
            if isinstance(event, Step):
                steps += 1
            elif isinstance(event, Forward) and not event.recording:
                return steps
        return 0

    def write(self, ended: Literal["enough", "finished", "crashed"], *, error: str = "", where: str = "") -> None:
        """The report, whole."""
        findings = self.watch.findings
        steps, backwards = self.watch.steps_seen, len(self.watch.trace.of(Backward))
        if 0 < steps < FEW and not findings:
            findings = [_few_steps(steps)]
        report = Report(
            ended=ended,
            steps=steps,
            backwards=backwards,
            seconds=time.perf_counter() - self.began,
            findings=tuple(findings),
            error=error,
            where=where,
        )
        files.write_json(self.path, report)


def _few_steps(steps: int) -> Finding:
    return Finding(
        rule="few-steps",
        severity="note",
        what=f"only {steps} step(s) were seen",
        where="the script",
        why="most faults of a loop show in its first five steps.",
        try_="give the script more steps to take, or more time: --limit 300",
    )


def main(words: list[str]) -> NoReturn:
    """Run the script, and leave with code 0 wherever a report was written."""
    observer = Observer(Path(words[0]), float(words[1]))
    script = Path(words[2])
    sys.argv = words[2:]
    sys.path[0] = str(script.resolve().parent)
    try:
        with observer.watch:
            runpy.run_path(str(script), run_name="__main__")
        observer.write("finished")
    except EnoughSeen:
        pass
    except SystemExit as left:
        if left.code in (None, 0):
            observer.write("finished")
        else:
            observer.write("crashed", error=f"SystemExit: {left.code}", where=line_of(left))
    except BaseException as error:  # noqa: BLE001  whatever ends the script is told
        last = f"{type(error).__name__}: {error}".strip().splitlines()[0]
        observer.write("crashed", error=last, where=line_of(error))
    sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
