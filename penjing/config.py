"""Settings: typed, in small groups, each value with where it came from and one line of why.

A setting is known by its field's name alone (`lr`, not `train.lr`), on the command line, in a TOML file and in Python.
`config.json` in a run holds every value with its origin, and is enough to do the training again.
"""

from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec import Meta

Origin = Literal["typed", "file", "found in the data", "measured here", "default"]
TargetType = Literal["auto", "class", "number"]
Options = TypeVar("Options", bound=msgspec.Struct)  # the task's own settings, a struct
FORMAT = 1  # of the run folder; a run of another number is refused, not guessed at
SAID_OTHERWISE = {  # what a training is told, and not as KEY=VALUE: how it is
    "source": "the first word: penjing train SOURCE",
    "seeds": "--seeds N",
    "out": "--out DIR",
    "resume": "--resume RUN",
    "again": "--again RUN",
    "settings": "--settings FILE",
    "explain_choices": "--explain-choices",
}


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
        Literal["auto", "grey", "rgb"], Meta(description="channels of pictures; auto: grey where a sample of them is")
    ] = "auto"
    group: Annotated[
        str, Meta(description="what never crosses splits: folder, time, a column, or a pattern of file names")
    ] = ""
    target: Annotated[
        str,
        Meta(
            description="the column of a table to learn; auto: the one that is left; "
            "folder: the class folders that the table lies beside"
        ),
    ] = "auto"
    target_type: Annotated[
        TargetType,
        Meta(
            description="what the target of a table or a .npz holds; "
            "auto: numbers with a fraction are numbers to learn, all else classes"
        ),
    ] = "auto"
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
        Meta(ge=1, description="pieces in which a batch is computed, for memory; batch norm sees each piece by itself"),
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
        float, Meta(gt=0, le=1, description="each block learns at this share of the rate of the block behind it")
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
    save_every: Annotated[
        float,
        Meta(gt=0, description="seconds between checkpoints; more where saving is slow, so that it takes 2 % at most"),
    ] = 5.0
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], Meta(description="auto takes the first that is there")] = (
        "auto"
    )
    threads: Annotated[
        int,
        Meta(
            ge=0,
            le=1024,
            description="of PyTorch on the CPU; 0: as many as PyTorch takes, or 1 where that is faster here",
        ),
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


class Seed(msgspec.Struct, frozen=True):
    """The setting that stands alone."""

    seed: Annotated[int, Meta(ge=0, description="of every draw but the division of the data")] = 0


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


class Setting(msgspec.Struct, frozen=True):
    """A row of `penjing list settings`."""

    name: str
    group: str
    default: Any
    description: str
    values: tuple[str, ...] = ()  # all that it may be, where that is a list of words

    @property
    def meaning(self) -> str:
        """What it may be, and what it is."""
        return f"{', '.join(self.values)}: {self.description}" if self.values else self.description


def typed_settings_of(group: type[msgspec.Struct]) -> list[Setting]:
    """The settings of one group that are given as KEY=VALUE."""
    return [row for row in settings_of(group) if row.name not in SAID_OTHERWISE]


def settings_of(group: type[msgspec.Struct]) -> list[Setting]:
    """The settings of one group of options, in the order of its fields."""
    rows = []
    for field in msgspec.structs.fields(group):
        info = msgspec.inspect.type_info(field.type)
        text = ""
        if isinstance(info, msgspec.inspect.Metadata):
            text = (info.extra_json_schema or {}).get("description", "")
        plain = get_args(field.type)[0] if get_origin(field.type) is Annotated else field.type
        values = get_args(plain) if get_origin(plain) is Literal else ()
        default = "(required)" if field.default is msgspec.NODEFAULT else field.default
        rows.append(Setting(field.name, group.__name__.lower(), default, text, values))
    return rows
