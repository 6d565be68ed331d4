"""The command line: parses words, shows outcomes. Imports click and nothing heavy; a verb is imported when it is used.

    penjing VERB SOURCE [--out DIR] [--json] [--debug] [KEY=VALUE or --key value ...]

Exit codes: 0 done and nothing wrong; 1 done, and the answer is no; 2 could not be done, or not all of it; 141 the
reader of what is printed has gone.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from penjing.findings import Finding, PenjingError, did_you_mean, stop

if TYPE_CHECKING:
    from penjing.verbs.outcome import Outcome

UNHEARD = 141  # 128 + SIGPIPE: as a shell tells of a program whose reader has gone
VERBS: dict[str, dict[str, tuple[str, str]]] = {  # group: verb: (one line, an example)
    "Begin": {
        "look": ("counts, sizes, duplicates", "penjing look sklearn:digits"),
        "train": ("a network; settings are KEY=VALUE", "penjing train sklearn:digits --budget 1m"),
        "check": ("faults of data, runs, any script", "penjing check train.py -- --epochs 1"),
    },
    "Judge": {
        "evaluate": ("score, interval, baselines, cost", "penjing evaluate runs/digits-1"),
        "explain": ("what moved an answer, tested", "penjing explain runs/digits-1"),
        "compare": ("differences, with intervals", "penjing compare runs/one runs/another"),
        "report": ("one offline page", "penjing report runs/digits-1"),
    },
    "Ship": {
        "compress": ("smaller and faster, where it pays", "penjing compress runs/digits-1"),
        "export": ("one file that carries its proof", "penjing export runs/digits-1 digits.onnx"),
        "verify": ("that proof, repeated here", "penjing verify digits.onnx"),
        "predict": ("answers, without torch", "penjing predict digits.onnx a.png"),
        "bench": ("how fast, on this machine", "penjing bench digits.onnx"),
    },
    "Know": {
        "list": ("tasks, models, rules, settings", "penjing list models"),
        "rule": ("what a rule sees, and the remedy", "penjing rule PJ101"),
        "doctor": ("what this machine has and lacks", "penjing doctor"),
    },
}
ALL = {verb: line for group in VERBS.values() for verb, line in group.items()}
EVERYWHERE = {
    "--json": "one JSON object on stdout",
    "--debug": "the traceback as well",
    "-h, --help": "after a verb: its options",
    "--version": "of Penjing",
}


class Verbs(click.Group):
    """Knows verbs by name; one line each stands in the table above, so that `--help` imports nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, in the order of the table."""
        return list(ALL)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's module."""
        if cmd_name not in ALL:
            raise stop(
                "unknown-verb",
                f"there is no verb `{cmd_name}`",
                where=f"penjing {cmd_name}",
                why="nothing was done.",
                try_=did_you_mean(cmd_name, ALL, otherwise="penjing --help"),
            )
        command: click.Command = importlib.import_module(f"penjing.verbs.{cmd_name}").command
        command.epilog = f"\b\nExample:  {ALL[cmd_name][1]}\nAlso:     --json, --debug; see penjing --help"
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each verb by its example, group by group: the whole on one screen."""
        formatter.write_usage("penjing", "VERB SOURCE [KEY=VALUE ...]")
        formatter.write_paragraph()
        formatter.write_text(self.help or "")
        for group, verbs in VERBS.items():
            rows = [
                (example.replace(verb, click.style(verb, bold=True), 1), line)
                for verb, (line, example) in verbs.items()
            ]
            _write_section(formatter, group, rows)
        _write_section(formatter, "Everywhere", list(EVERYWHERE.items()))
        formatter.write_paragraph()
        formatter.write_text("Exit code: 0 done, 1 done and the answer is no, 2 could not be done.")


def _write_section(formatter: click.HelpFormatter, heading: str, rows: list[tuple[str, str]]) -> None:
    widest = max(len(example) for _, example in ALL.values())
    with formatter.section(heading):
        formatter.write_dl([(f"{left}{' ' * (widest - len(click.unstyle(left)))}", right) for left, right in rows], 50)


@click.group(
    cls=Verbs,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="penjing", message="penjing %(version)s")
def penjing() -> None:
    """Small neural networks, grown with care on your own data."""


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code."""
    words = list(sys.argv[1:] if words is None else words)
    mine, rest = _before_dashes(words)
    as_json, debug = "--json" in mine, "--debug" in mine
    words = [word for word in mine if word not in ("--json", "--debug")] + rest
    verb = next((word for word in words if not word.startswith("-")), "")
    try:
        outcome = penjing.main(words or ([] if as_json else ["--help"]), prog_name="penjing", standalone_mode=False)
        if isinstance(outcome, int | None):
            sys.exit(outcome)  # --help and --version have printed what they have to say
        _show(verb, outcome, as_json=as_json)
        code = outcome.exit_code
    except click.ClickException as error:
        code = _fail(verb, _usage(verb, error), as_json=as_json, debug=debug)
    except PenjingError as error:
        code = _fail(verb, error.finding, as_json=as_json, debug=debug)
    except ModuleNotFoundError as error:
        missing = _missing_extra(verb, error)
        code = _fail(verb, missing or _unforeseen(verb, error), as_json=as_json, debug=debug or missing is None)
    except (KeyboardInterrupt, click.Abort):
        code = _fail(verb, _interrupted(verb), as_json=as_json, debug=debug)
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        for stream in (sys.stdout, sys.stderr):  # which would be written out once more at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        code = UNHEARD
    except OSError as error:
        code = _fail(verb, _system_refused(error), as_json=as_json, debug=debug)
    except Exception as error:  # noqa: BLE001  Python would leave with 1, which here means that the answer is no
        from penjing.verbs.memory import no_room

        no_memory = no_room(error, f"penjing {verb}")
        code = _fail(verb, no_memory or _unforeseen(verb, error), as_json=as_json, debug=debug or no_memory is None)
    sys.exit(code)


def _before_dashes(words: list[str]) -> tuple[list[str], list[str]]:
    """What stands before `--` is ours; what follows belongs to the script under `check`."""
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at:]


def _show(verb: str, outcome: "Outcome", *, as_json: bool) -> None:
    import msgspec

    from penjing.rules import in_order

    outcome = msgspec.structs.replace(outcome, findings=tuple(in_order(outcome.findings)))
    if as_json:
        _print_json(verb, list(outcome.findings), outcome.result, ok=outcome.ok)
        return
    from penjing.verbs.text import show_outcome

    show_outcome(outcome)


def _fail(verb: str, finding: Finding, *, as_json: bool, debug: bool) -> int:
    if as_json:
        _print_json(verb, [finding], None, ok=False)
    else:
        from penjing.verbs.text import error_console, show_findings

        show_findings(error_console(), [finding])
    if debug:
        import traceback

        traceback.print_exc()
    return 2


def _print_json(verb: str, findings: list[Finding], result: Any, *, ok: bool) -> None:
    import msgspec

    from penjing import __version__

    envelope = {"verb": verb, "ok": ok, "findings": findings, "result": result, "penjing": __version__}
    sys.stdout.write(msgspec.json.encode(envelope).decode() + "\n")


def _usage(verb: str, error: click.ClickException) -> Finding:
    return stop(
        "usage",
        error.format_message().rstrip("."),
        where=f"penjing {verb}".strip(),
        why="nothing was done.",
        try_=ALL[verb][1] if verb in ALL else "penjing --help",
    ).finding


def _interrupted(verb: str) -> Finding:
    return stop(
        "interrupted",
        "^C, before there was anything to save",
        where=f"penjing {verb}",
        why="you asked for it.",
        try_=f"penjing {verb}  again",
    ).finding


def _system_refused(error: OSError) -> Finding:
    return stop(
        "system-refused",
        f"the system refused: {error.strerror or error}",
        where=str(error.filename or "standard output, or a temporary file"),
        why="what could not be written or read is missing; what was written before stays whole.",
        try_="look at free space and permissions, then run the same command again",
    ).finding


def _unforeseen(verb: str, error: Exception) -> Finding:
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    return stop(
        "unforeseen",
        f"{type(error).__name__}: {error}",
        where=f"{last.filename}:{last.lineno}",
        why=f"`penjing {verb}` met something that it has no words for: a fault of Penjing, or of a file of yours.",
        try_="if the place above is yours, mend it there; else report it with the traceback",
    ).finding


def _missing_extra(verb: str, error: ModuleNotFoundError) -> Finding | None:
    """The finding where a library of an extra is not installed; None where the missing module is our own fault."""
    if error.name is None or error.name.startswith("penjing"):
        return None
    return stop(
        "not-installed",
        f"`penjing {verb}` needs {error.name}, which is not installed",
        where=error.name,
        why="without torch Penjing opens, verifies, predicts and benches; training and judging need more.",
        try_="pip install 'penjing[train]'",
    ).finding
