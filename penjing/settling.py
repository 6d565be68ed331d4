"""How each setting comes to its value, and which of them have a reason worth showing.

defaults of the structs < the task's choices (found in the data, measured here) < a file < what was typed
"""

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from penjing import __version__, files
from penjing.budget import parse_budget
from penjing.config import (
    SAID_OTHERWISE,
    Beginning,
    Choice,
    Config,
    Data,
    Model,
    Options,
    Seed,
    Train,
    settings_of,
    typed_settings_of,
)
from penjing.expected import expected, refused_field
from penjing.findings import PenjingError, did_you_mean, stop
from penjing.unused import unused

USUAL: dict[str, dict[str, float]] = {  # what an optimizer is mostly used with
    "adamw": {"lr": 1e-3, "weight_decay": 0.01},
    "adam": {"lr": 1e-3, "weight_decay": 0.0},
    "sgd": {"lr": 0.1, "weight_decay": 1e-4, "momentum": 0.9},
    "adagrad": {"lr": 0.01, "weight_decay": 0.0},
    "muon": {"lr": 0.02, "weight_decay": 0.05, "momentum": 0.95},  # the decay is the one of tasks on pictures
}
OF_OPTIMIZER = ("lr", "weight_decay", "momentum")  # choices that are made for one optimizer, and wrong for another


def asked(typed: Mapping[str, Any], file: Path | None = None) -> dict[str, Choice]:
    """What the user said: a TOML file of settings, and what was typed, which wins.

    Raises:
        PenjingError: `no-such-path`, or `not-toml` with the line.
    """
    said: dict[str, Choice] = {}
    if file is not None:
        said |= {key: Choice(value, "file", f"{file.name} says so") for key, value in _read_toml(file).items()}
    return said | {key.replace("-", "_"): Choice(value, "typed", "you typed it") for key, value in typed.items()}


def refuse_unknown(asked: Mapping[str, Choice], options: type[msgspec.Struct]) -> None:
    """Stop at settings that do not exist, all of them at once, each with its nearest name.

    Raises:
        PenjingError: `unknown-setting`.
    """
    known = [row.name for group in (Seed, Data, Model, Train, options) for row in typed_settings_of(group)]
    unknown = [key for key in asked if key not in known]
    if unknown:
        raise stop(
            "unknown-setting",
            f"there is no setting {', '.join(f'`{key}`' for key in unknown)}",
            where=", ".join(_said(key, asked[key].value) for key in unknown),
            why="a misspelt key would leave the default in force without a word.",
            try_="; ".join(dict.fromkeys(_instead(key, asked[key].value, known) for key in unknown)),
        )


def _said(key: str, value: Any) -> str:
    return f"[{key}]" if isinstance(value, Mapping) else f"{key}={value}"


def _instead(key: str, value: Any, known: Iterable[str]) -> str:
    """What to write in place of a key that is no setting, or of a table of a TOML file."""
    if isinstance(value, Mapping):
        return f"without the line [{key}]: settings stand in no table, one a line, such as  lr = 0.001"
    if key in SAID_OTHERWISE:
        return f"`{key}` is given as {SAID_OTHERWISE[key]}"
    return did_you_mean(key, known, otherwise="penjing list settings")


def data_of(source: str, asked: Mapping[str, Choice]) -> Data:
    """The group that is needed before the data can be read: as asked, or as it was settled."""
    data = _group(Data, dict(asked) | {"source": Choice(source, "typed", "")})
    if data.validation + data.test >= 1:
        raise stop(
            "bad-setting",
            f"`validation` and `test` leave nothing to train on: {data.validation:g} + {data.test:g}",
            where=f"validation={data.validation:g}, test={data.test:g}",
            why="what is held back for scores cannot be learned from.",
            try_="validation=0.1 test=0.2",
        )
    return data


def settle(
    task: str,
    options: type[Options],
    source: str,
    *,
    data_fingerprint: str,
    choices: Mapping[str, Choice],
    asked: Mapping[str, Choice],
    beginning: Beginning | None = None,
) -> Config[Options]:
    """Give every setting its value: what the user asked, else what the task chose, else the default.

    Where `auto` is a setting's default, to ask for it is to ask for nothing: what the task chooses stays.

    Raises:
        PenjingError: `bad-setting` where a value is of the wrong type or out of range; `unused-setting`.
    """
    given = _beside_optimizer(asked, choices) | decided(asked, choices, options)
    given["source"] = Choice(source, "typed", "you typed it")
    seed, model, train, own = _group(Seed, given), _group(Model, given), _group(Train, given), _group(options, given)
    data = data_of(source, given)
    if train.budget != "auto":
        parse_budget(train.budget)
    origins = {}
    for struct in (seed, model, train, data, own):
        for row in settings_of(type(struct)):
            said = given.get(row.name, Choice(None, "default", row.description))
            origins[row.name] = Choice(getattr(struct, row.name), said.origin, said.why)
    for finding in unused(train, own, origins):
        if finding.severity == "error":
            raise PenjingError(finding)
    return Config(
        penjing=__version__,
        task=task,
        data_fingerprint=data_fingerprint,
        beginning=beginning,
        seed=seed.seed,
        data=data,
        model=model,
        train=train,
        options=own,
        origins=origins,
    )


def decided(
    asked: Mapping[str, Choice], choices: Mapping[str, Choice], options: type[msgspec.Struct]
) -> dict[str, Choice]:
    """What was asked, but for `auto` where it is the setting's default and something is chosen."""
    rows = [row for group in (Data, Model, Train, options) for row in settings_of(group)]
    open_ = {row.name for row in rows if row.default == "auto"} & choices.keys()
    return {name: choice for name, choice in asked.items() if not (name in open_ and choice.value == "auto")}


def resettled(config: Config[Options], choices: Mapping[str, Choice]) -> Config[Options]:
    """The same settings with some of the training's own changed, such as what was measured."""
    values = {name: choice.value for name, choice in choices.items()}
    train = msgspec.structs.replace(config.train, **values)
    return msgspec.structs.replace(config, train=train, origins=config.origins | dict(choices))


def with_batches(config: Config[Options], examples: int) -> Config[Options]:
    """The same with batches of so many examples, each in one piece: to see on few of them what a step costs."""
    few = {"batch_size": examples, "accumulate": 1}
    return resettled(config, {name: Choice(value, "default", "") for name, value in few.items()})


def retold(config: Config[Options], said: Mapping[str, Choice]) -> Config[Options]:
    """The same settings with some of the training's own as they are now asked for.

    Raises:
        PenjingError: `bad-setting`.
    """
    values = _group(Train, said)
    return resettled(
        config, {name: msgspec.structs.replace(one, value=getattr(values, name)) for name, one in said.items()}
    )


def chosen(origins: Mapping[str, Choice], options: type[msgspec.Struct] | None = None) -> dict[str, Choice]:
    """The settings whose value has a reason of its own: asked for, found, measured, or picked by the task.

    Args:
        origins: all settings.
        options: of the task; without them its own settings count only where they are no defaults.
    """
    groups: list[type[msgspec.Struct]] = [Seed, Data, Model, Train, *([options] if options else [])]
    plain = {row.name: row.description for group in groups for row in settings_of(group)}
    return {
        name: choice
        for name, choice in origins.items()
        if choice.origin != "default" or plain.get(name, choice.why) != choice.why
    }


def differences(left: Mapping[str, Choice], right: Mapping[str, Choice]) -> dict[str, tuple[Any, Any]]:
    """The settings in which two trainings differ, by name."""
    names: Iterable[str] = dict.fromkeys([*left, *right])
    pairs = {
        name: (left[name].value if name in left else None, right[name].value if name in right else None)
        for name in names
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _beside_optimizer(asked: Mapping[str, Choice], choices: Mapping[str, Choice]) -> dict[str, Choice]:
    """The task's choices, but rate, decay and momentum of an optimizer that was asked for, if theirs is another one."""
    optimizer, chosen = asked.get("optimizer"), choices.get("optimizer")
    if optimizer is None or optimizer.value not in USUAL:
        return dict(choices)
    if optimizer.value == (chosen.value if chosen else Train().optimizer):
        return dict(choices)
    others = {name: choice for name, choice in choices.items() if name not in OF_OPTIMIZER}
    why = f"what {optimizer.value} usually takes"
    return others | {name: Choice(value, "default", why) for name, value in USUAL[optimizer.value].items()}


def _group(group: type[Options], given: Mapping[str, Choice]) -> Options:
    values = {field: given[field].value for field in group.__struct_fields__ if field in given}
    kinds = {field.name: field.type for field in msgspec.structs.fields(group)}
    for key, value in values.items():
        if isinstance(value, str) and _holds(kinds[key], tuple):
            values[key] = tuple(_spelled(part) for part in value.split(",") if part)
        elif isinstance(value, str) and _holds(kinds[key], float):
            values[key] = _spelled(value)
    try:
        settled = msgspec.convert(values, group, strict=False)
        for key, value in msgspec.structs.asdict(settled).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise _does_not_fit(group, key, given[key].value, ", and finite")
        return settled
    except msgspec.ValidationError as error:
        field = refused_field(error)
        if field is None:  # what a task's own options say of several together
            raise _do_not_go_together(values, error) from error
        raise _does_not_fit(group, field, given[field].value) from error


def _does_not_fit(group: type[msgspec.Struct], key: str, value: Any, also: str = "") -> PenjingError:
    row = next(row for row in settings_of(group) if row.name == key)
    words = row.values  # in the order in which they stand there
    fault = f"one of {', '.join(words)}" if words else expected(group, key)
    if isinstance(value, Mapping):
        try_ = _instead(key, value, ())
    elif words:
        try_ = did_you_mean(str(value), words, otherwise=f"{key}={'|'.join(words)}")
    else:
        try_ = f"penjing list settings  tells what `{key}` is: {row.description}"
    return stop(
        "bad-setting",
        f"`{key}` cannot be {value!r}: it is {fault}{also}",
        where=_said(key, value),
        why="a value that does not fit its setting would mean something else than you wrote.",
        try_=try_,
    )


def _do_not_go_together(values: Mapping[str, Any], error: Exception) -> PenjingError:
    return stop(
        "bad-setting",
        f"these settings do not go together: {error}",
        where=", ".join(_said(key, value) for key, value in values.items()) or "the defaults",
        why="a value that does not fit its setting would mean something else than you wrote.",
        try_="penjing list settings  tells what each is",
    )


def _holds(kind: Any, wanted: type) -> bool:
    """Whether an annotation says that a value may be, or may hold, one of a type."""
    return wanted in (kind, get_origin(kind)) or any(_holds(part, wanted) for part in get_args(kind))


def _spelled(number: str) -> str:
    """`.3` and `3.` as JSON writes them, 0.3 and 3.0; all else as it is."""
    match = re.fullmatch(r"(-?)(\d*)\.(\d*)(e[+-]?\d+)?", number, re.IGNORECASE)
    if match is None or not (match[2] or match[3]):
        return number
    return f"{match[1]}{match[2] or 0}.{match[3] or 0}{match[4] or ''}"


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(files.read(file).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise stop(
            "not-toml",
            f"{file.name} is not TOML: {error}",
            where=str(file),
            why="a settings file that cannot be read would leave every default in force.",
            try_="one setting a line, such as  lr = 0.001",
        ) from error
