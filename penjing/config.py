"""Settings: typed, in small groups, each value with where it came from and one line of why.

    defaults of the structs < the task's choices (found in the data, measured here) < a file < what was typed

A setting is known by its field's name alone (`lr`, not `train.lr`), on the command line, in a TOML file and in Python.
`config.json` in a run holds every value with its origin, and is enough to do the training again.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from penjing import __version__, files
from penjing.findings import did_you_mean, stop

Origin = Literal["typed", "file", "found in the data", "measured here", "default"]
Options = TypeVar("Options", bound=msgspec.Struct)  # the task's own settings, a struct
FORMAT = 1  # of the run folder; a run of another number is refused, not guessed at


class Choice(msgspec.Struct, frozen=True):
    """A value, where it came from, and why it is what it is."""

    value: Any
    origin: Origin
    why: str


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is learned from, and how it is divided."""

    source: Annotated[str, Meta(description="a path, `sklearn:NAME`, or a world such as `cartpole`")]
    validation: Annotated[float, Meta(ge=0, lt=1, description="share held back to choose settings on")] = 0.1
    test: Annotated[float, Meta(gt=0, lt=1, description="share held back for the score, looked at once")] = 0.2
    split_seed: Annotated[int, Meta(ge=0, description="which division; apart from `seed`, so runs can share one")] = 0
    text: Annotated[
        Literal["auto", "lines", "prose"], Meta(description="of a .txt file: a list of lines, or running text")
    ] = "auto"
    size: Annotated[
        int | str, Meta(description="of pictures, pixels: a side, or HEIGHTxWIDTH; auto: what the task chooses")
    ] = "auto"
    color: Annotated[
        Literal["auto", "grey", "rgb"], Meta(description="channels of pictures; auto: grey where all of them are")
    ] = "auto"
    group: Annotated[
        str, Meta(description="what never crosses splits: folder, time, a column, or a pattern of file names")
    ] = ""
    target: Annotated[str, Meta(description="the column of a table to learn; auto: the one that is left")] = "auto"
    skip_broken: Annotated[bool, Meta(description="leave out pictures that do not open, and record them")] = False
    download: Annotated[bool, Meta(description="whether data sets and weights may be fetched from elsewhere")] = False


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which network."""

    model: Annotated[
        str,
        Meta(
            description="of `penjing list models`, or `torchvision:NAME`, `timm:NAME`, `file.py:name`, `pkg.mod:name`"
        ),
    ]
    width: Annotated[
        int, Meta(ge=0, description="channels of the first stage, later ones grow with it; 0: the network's own")
    ] = 0
    dropout: Annotated[
        Annotated[float, Meta(ge=0, lt=1)] | None,
        Meta(description="share of features left out before the last layers while training; None: the network's own"),
    ] = None
    stochastic_depth: Annotated[
        float,
        Meta(ge=0, lt=1, description="of residual networks: share of pictures that skip the last block in training"),
    ] = 0.0
    weights: Annotated[
        str,
        Meta(
            description="to begin from: a run, a .safetensors or .pth file, `torchvision:NAME`, `timm:NAME`; "
            "empty: fresh ones"
        ),
    ] = ""


class Train(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it is trained."""

    budget: Annotated[str, Meta(description="how long: 2000steps, 5epochs, 90s, 10m; auto: as measured")] = "20epochs"
    batch_size: Annotated[int, Meta(ge=1, description="examples a step, over all processes")] = 64
    accumulate: Annotated[
        int,
        Meta(ge=1, description="pieces a batch is computed in; exact but for batch norm, which norms each piece"),
    ] = 1
    optimizer: Annotated[
        Literal["adamw", "adam", "sgd", "adagrad", "muon"],
        Meta(description="update rule; muon is for hidden matrices and kernels, beside adamw for the rest"),
    ] = "adamw"
    lr: Annotated[float, Meta(gt=0, description="highest learning rate of the run")] = 1e-3
    find_lr: Annotated[bool, Meta(description="choose `lr` by short trial trainings before the training")] = False
    weight_decay: Annotated[
        float, Meta(ge=0, description="decoupled (adamw, muon) or L2 (others); not on norms and biases")
    ] = 0.01
    momentum: Annotated[float, Meta(ge=0, lt=1, description="of sgd and muon; adam's and adamw's stays 0.9")] = 0.9
    nesterov: Annotated[bool, Meta(description="of sgd: look ahead along the momentum; muon always does")] = True
    schedule: Annotated[
        Literal["cosine", "linear", "step", "onecycle", "constant"],
        Meta(description="of the learning rate after warm-up; onecycle rises by itself, and dips momentum by 0.1"),
    ] = "cosine"
    warmup: Annotated[
        float, Meta(ge=0, lt=1, description="share of the budget over which the rate rises from zero; not of onecycle")
    ] = 0.05
    peak: Annotated[
        float, Meta(gt=0, lt=1, description="of onecycle: share of the budget at which the rate, from lr/25, is lr")
    ] = 0.3
    milestones: Annotated[
        tuple[Annotated[float, Meta(gt=0, lt=1)], ...],
        Meta(description="of step: shares of the budget at which the rate is multiplied by `step_factor`"),
    ] = (0.5, 0.75)
    step_factor: Annotated[float, Meta(gt=0, lt=1, description="of step: what each milestone multiplies by")] = 0.1
    freeze: Annotated[
        Annotated[int, Meta(ge=0)] | Literal["stem", "body"],
        Meta(description="first blocks that stay as they are: how many, stem (one), or body (all but the last)"),
    ] = 0
    unfreeze: Annotated[
        float, Meta(ge=0, le=1, description="share of the budget in which frozen blocks thaw, the last first; 0: none")
    ] = 0.0
    layer_decay: Annotated[
        float, Meta(gt=0, le=1, description="what the rate of each block is, as a share of that of the block behind it")
    ] = 1.0
    clip: Annotated[float, Meta(ge=0, description="largest norm of the gradient; 0 leaves it alone")] = 1.0
    ema: Annotated[
        float, Meta(ge=0, lt=1, description="decay of the averaged weights that are kept; 0: no average")
    ] = 0.0
    keep: Annotated[
        Literal["last", "best"], Meta(description="which weights are the result; best is by validation score")
    ] = "last"
    evaluations: Annotated[int, Meta(ge=0, description="validation scores taken during the run")] = 10
    patience: Annotated[
        int, Meta(ge=0, description="evaluations in a row without a better score that end the run; 0: none do")
    ] = 0
    save_every: Annotated[float, Meta(gt=0, description="seconds between checkpoints")] = 5.0
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], Meta(description="auto takes the first that is there")] = (
        "auto"
    )
    threads: Annotated[
        int, Meta(ge=0, le=1024, description="of PyTorch on the CPU; 0: its own choice, or one where measured faster")
    ] = 0
    precision: Annotated[
        Literal["auto", "fp32", "bf16"],
        Meta(description="of the network's forward while training; weights, loss and scores are always fp32"),
    ] = "auto"
    memory_format: Annotated[
        Literal["auto", "contiguous", "channels_last"],
        Meta(description="order of pictures and kernels in memory; channels_last mostly speeds bf16 up"),
    ] = "auto"
    allocator: Annotated[
        Literal["auto", "system", "keep"],
        Meta(description="freed memory: given back as the system does, or kept for the next step (glibc)"),
    ] = "auto"
    ignore: Annotated[tuple[str, ...], Meta(description="ids of rules that may not stop the run, such as PJ002")] = ()
    track: Annotated[
        tuple[str, ...], Meta(description="where the log is written too: tensorboard, wandb (offline without a login)")
    ] = ()


class Beginning(msgspec.Struct, frozen=True):
    """The weights that a training begins from, as they were when it was planned."""

    sha256: str  # of their file
    mean: tuple[float, ...] = ()  # of each channel, that their pictures were normalized with; empty: not known
    std: tuple[float, ...] = ()


class Config(msgspec.Struct, Generic[Options], frozen=True, kw_only=True):
    """All that was asked and chosen for one training."""

    format: int = FORMAT
    penjing: str
    task: str  # a name, or path.py:Name
    seed: int
    data_fingerprint: str  # of the data as it was read: going on with other data is refused
    beginning: Beginning | None = None  # None: fresh weights, drawn by the seed
    data: Data
    model: Model
    train: Train
    options: Options
    origins: dict[str, Choice] = {}  # by setting's name; the value stands here too, so that this table reads alone


class Seed(msgspec.Struct, frozen=True):
    """The setting that stands alone."""

    seed: Annotated[int, Meta(ge=0, description="of every draw but the division of the data")] = 0


class Setting(msgspec.Struct, frozen=True):
    """A row of `penjing list settings`."""

    name: str
    group: str
    default: Any
    description: str


def settings_of(group: type[msgspec.Struct]) -> list[Setting]:
    """The settings of one group of options, in the order of its fields."""
    rows = []
    for field in msgspec.structs.fields(group):
        info = msgspec.inspect.type_info(field.type)
        text = (
            (info.extra_json_schema or {}).get("description", "") if isinstance(info, msgspec.inspect.Metadata) else ""
        )
        default = "(required)" if field.default is msgspec.NODEFAULT else field.default
        rows.append(Setting(field.name, group.__name__.lower(), default, text))
    return rows


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
    known = [row.name for group in (Seed, Data, Model, Train, options) for row in settings_of(group)]
    known.remove("source")  # it stands first, and is not said twice
    unknown = [key for key in asked if key not in known]
    if unknown:
        raise stop(
            "unknown-setting",
            f"there is no setting {', '.join(f'`{key}`' for key in unknown)}",
            where=", ".join(f"{key}={asked[key].value}" for key in unknown),
            why="a misspelt key would leave the default in force without a word.",
            try_="; ".join(did_you_mean(key, known, otherwise="penjing list settings") for key in unknown),
        )


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

    Raises:
        PenjingError: `bad-setting` where a value is of the wrong type or out of range.
    """
    given = dict(choices) | _rate_of(asked, choices) | dict(asked)
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


USUAL_RATES = {"adamw": 1e-3, "adam": 1e-3, "sgd": 0.1, "adagrad": 0.01, "muon": 0.02}


def _rate_of(asked: Mapping[str, Choice], choices: Mapping[str, Choice]) -> dict[str, Choice]:
    """The rate of an optimizer that was asked for: the task's choice was made for another one."""
    optimizer = asked.get("optimizer")
    if optimizer is None or optimizer.value not in USUAL_RATES:
        return {}
    chosen = choices.get("optimizer")
    if optimizer.value == (chosen.value if chosen else Train().optimizer):
        return {}
    return {
        "lr": Choice(USUAL_RATES[optimizer.value], "default", f"what {optimizer.value} usually takes; find_lr finds")
    }


def resettled(config: Config[Options], choices: Mapping[str, Choice]) -> Config[Options]:
    """The same settings with some of the training's own changed, such as what was measured."""
    values = {name: choice.value for name, choice in choices.items()}
    train = msgspec.structs.replace(config.train, **values)
    return msgspec.structs.replace(config, train=train, origins=config.origins | dict(choices))


class Budget(msgspec.Struct, frozen=True):
    """How long a training lasts. Steps and epochs repeat exactly; seconds depend on the machine's mood."""

    amount: float
    unit: Literal["steps", "epochs", "seconds"]

    def __str__(self) -> str:
        """As a person would say it."""
        return f"{self.amount:g} {self.unit}"


_UNITS: dict[str, tuple[Literal["steps", "epochs", "seconds"], float]] = {
    "steps": ("steps", 1),
    "epochs": ("epochs", 1),
    "s": ("seconds", 1),
    "m": ("seconds", 60),
    "h": ("seconds", 3600),
}


def parse_budget(text: str) -> Budget:
    """Read `2000steps`, `5epochs`, `90s`, `10m` or `1h`.

    Raises:
        PenjingError: `bad-budget` where it is none of these, zero or negative.
    """
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*(steps?|epochs?|[smh])\s*", text)
    unit, factor = _UNITS[match[2] if len(match[2]) == 1 else match[2].rstrip("s") + "s"] if match else _UNITS["steps"]
    amount = float(match[1]) * factor if match else 0.0
    if amount <= 0 or (unit == "steps" and amount != int(amount)):
        raise stop(
            "bad-budget",
            f"`{text}` is not a length of training",
            where=f"budget={text}",
            why="a budget is a positive number and its unit: whole steps, or epochs, seconds, minutes, hours.",
            try_="--budget 2000steps, --budget 5epochs or --budget 10m",
        )
    return Budget(amount, unit)


def _group(group: type[Options], given: Mapping[str, Choice]) -> Options:
    values = {field: given[field].value for field in group.__struct_fields__ if field in given}
    for key, value in values.items():
        if isinstance(value, str) and key in ("ignore", "milestones", "track"):
            values[key] = tuple(part for part in value.split(",") if part)
    try:
        settled = msgspec.convert(values, group, strict=False)
        for key, value in msgspec.structs.asdict(settled).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise msgspec.ValidationError(f"Expected a finite number - at `$.{key}`")
        return settled
    except msgspec.ValidationError as error:
        key = match[1] if (match := re.search(r"\$\.(\w+)", str(error))) else "?"
        raise stop(
            "bad-setting",
            f"`{key}` cannot be {values.get(key)!r}: {str(error).split(' - at')[0].lower()}",
            where=f"{key}={values.get(key)}",
            why="a value that does not fit its setting would mean something else than you wrote.",
            try_=f"penjing list settings  shows what `{key}` may be",
        ) from error


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
