"""verify: repeat the proof of a file on this machine: its seal, and its sample inputs' answers."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from penjing.findings import Finding, PenjingError
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import one_source

if TYPE_CHECKING:
    from rich.console import Console


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was proven."""

    file: str
    seal: str | None  # SHA-256 over the file; None where it is broken
    samples: int  # whose answers agree
    engine: str
    own_steps: tuple[str, ...]  # its author's own code that it needs to answer, `module:function`
    findings: tuple[Finding, ...]


def verify(file: str | Path) -> Verification:
    """Check the seal of a file and its answers to its own samples; steps of your own that it names are run for this.

    Raises:
        PenjingError: `no-such-path`, or where the file cannot be read at all. A broken seal is a finding.
    """
    import onnxruntime

    from penjing.runtime.artifact import Artifact

    engine = f"onnxruntime {onnxruntime.__version__}"
    try:
        artifact = Artifact(file)
    except PenjingError as error:
        if error.finding.rule != "PJ422":
            raise
        return Verification(
            file=str(file), seal=None, samples=0, engine=engine, own_steps=(), findings=(error.finding,)
        )
    findings = tuple(artifact.verify())
    agreeing = len(artifact.manifest.samples) - len(findings)
    return Verification(
        file=str(file),
        seal=artifact.seal,
        samples=agreeing,
        engine=engine,
        own_steps=artifact.own_steps,
        findings=findings,
    )


@click.command()
@click.argument("file", nargs=-1, metavar="FILE")
def command(file: tuple[str, ...]) -> Outcome:
    """Repeat the proof of a file here."""
    done = verify(one_source(file))
    return Outcome(result=done, findings=done.findings, show=lambda console: show(done, console))


def show(done: Verification, console: "Console") -> None:
    """What was proven, for people."""
    from penjing.verbs.text import show_facts

    proof = ["seal broken", "no answer was tried"]
    if done.seal:
        proof = [f"seal whole ({done.seal[:12]}...)", f"{done.samples} sample answers agree on {done.engine}"]
    if done.own_steps:
        proof.append(f"needs your own step {', '.join(done.own_steps)}")
    show_facts(console, f"{done.file}: ", proof)
