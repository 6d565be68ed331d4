"""report: one offline page from a run."""

from pathlib import Path


def report(run: str | Path) -> Path:
    return Path(run) / "report.html"
