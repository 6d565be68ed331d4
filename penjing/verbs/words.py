"""Words behind a verb: inputs, and settings as KEY=VALUE, --key value or --key=value."""

from collections.abc import Sequence
from pathlib import Path

from penjing import config
from penjing.data.augmentation.settings import Augmentation
from penjing.findings import PenjingError, stop

# What a click command needs so that unknown options reach `parse`
CONTEXT = {"ignore_unknown_options": True, "allow_extra_args": True}
# Settings that are true where they stand alone, as in --skip-broken
FLAGS = [
    row.name
    for group in (config.Data, config.Train, Augmentation)
    for row in config.settings_of(group)
    if row.default is False
]


def parse(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Divide words into inputs and settings, in whatever order they stand; a file that exists is always an input.

    Raises:
        PenjingError: `usage` where an option has no value, or a setting is given twice.
    """
    inputs: list[str] = []
    settings: dict[str, str] = {}
    rest = list(words)

    def settle(key: str, value: str) -> None:
        if key in settings:
            raise given_twice(key, settings[key], value)
        settings[key] = value

    while rest:
        word = rest.pop(0)
        key, equals, value = word.removeprefix("--").partition("=")
        key = key.replace("-", "_")
        if word.startswith("--"):
            if not equals and key in FLAGS:
                value = rest.pop(0) if rest and rest[0] in ("true", "false") else "true"
            elif not equals:
                if not rest:
                    raise stop(
                        "usage",
                        f"`{word}` has no value",
                        where=word,
                        why="nothing was done.",
                        try_=f"{word} VALUE, or {key}=VALUE",
                    )
                value = rest.pop(0)
            settle(key, value)
        elif equals and key.isidentifier() and not Path(word).exists():
            settle(key, value)
        else:
            inputs.append(word)
    return inputs, settings


def given_twice(key: str, first: object, second: object) -> PenjingError:
    """The error for a setting that is said in two places."""
    return stop(
        "usage",
        f"`{key}` was given twice: {first} and {second}",
        where=f"{key}={second}",
        why="one of the two would be ignored without a word.",
        try_=f"give it once: {key}={second}",
    )


def one_source(inputs: Sequence[str]) -> str:
    """The single source that most verbs take.

    Raises:
        PenjingError: `usage` where there is none, or more than one.
    """
    if len(inputs) != 1:
        raise stop(
            "usage",
            f"one source is needed, {len(inputs)} were given" + (f": {', '.join(inputs)}" if inputs else ""),
            where=" ".join(inputs) or "the command",
            why="nothing was done.",
            try_="penjing VERB --help  shows an example",
        )
    return inputs[0]
