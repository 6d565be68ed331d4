"""Pipeline: how a raw input becomes an answer. Data, not code: names of steps with their parameters, as JSON.

    raw inputs -> open (host) -> graph(s) (an engine runs them) -> decode (host) -> answers

Each step is one file in `steps/`, a struct that is called with a list of values and an engine and gives a list of the
same length. A step may call the engine many times (text). The torch engine during `evaluate` and ONNX Runtime after
`export` run this very description.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from penjing.expected import expected, refused_field
from penjing.findings import PenjingError, did_you_mean, stop
from penjing.runtime.engine import Engine
from penjing.runtime.steps.choose_action import ChooseAction
from penjing.runtime.steps.give_number import GiveNumber
from penjing.runtime.steps.keep_boxes import KeepBoxes
from penjing.runtime.steps.name_class import NameClass
from penjing.runtime.steps.name_labels import NameLabels
from penjing.runtime.steps.open_observation import OpenObservation
from penjing.runtime.steps.open_picture import OpenPicture
from penjing.runtime.steps.open_prompt import OpenPrompt
from penjing.runtime.steps.read_value import ReadValue
from penjing.runtime.steps.run_graph import RunGraph
from penjing.runtime.steps.sample_text import SampleText
from penjing.runtime.steps.user_step import UserStep

Step = (
    OpenPicture
    | RunGraph
    | NameClass
    | NameLabels
    | GiveNumber
    | KeepBoxes
    | ReadValue
    | OpenObservation
    | ChooseAction
    | OpenPrompt
    | SampleText
    | UserStep
)


class Pipeline(msgspec.Struct, frozen=True):
    """Steps in the order in which a raw input meets them."""

    steps: tuple[Step, ...]

    def with_settings(self, settings: Mapping[str, Any]) -> "Pipeline":
        """The same pipeline with parameters changed that its steps call adjustable, such as `temperature`.

        All others are what was trained and proven: another graph or vocabulary would be another network's answer.

        Raises:
            PenjingError: `unknown-setting` with the nearest name, `bad-setting` where a value does not fit.
        """
        known = list(dict.fromkeys(field for step in self.steps for field in _adjustable(step)))
        for key in settings:
            if key not in known:
                raise stop(
                    "unknown-setting",
                    f"this pipeline has no setting `{key}`",
                    where=f"{key}={settings[key]}",
                    why="a misspelt key would change nothing without a word.",
                    try_=did_you_mean(key, known, otherwise=f"it has: {', '.join(known) or 'none'}"),
                )
        return Pipeline(tuple(_changed(step, settings) for step in self.steps))


class Predictor(NamedTuple):
    """A pipeline and the engine that runs it."""

    pipeline: Pipeline
    engine: Engine

    def with_settings(self, settings: Mapping[str, Any]) -> "Predictor":
        """The same with parameters of its steps changed: see `Pipeline.with_settings`."""
        return Predictor(self.pipeline.with_settings(settings), self.engine)

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """Raw inputs to answers, one each."""
        values = list(inputs)
        for step in self.pipeline.steps:
            values = step(values, self.engine)
        return values

    def answer_what_opens(self, inputs: Sequence[Any]) -> list[Any | PenjingError]:
        """Raw inputs to answers, one each; in place of an answer the error of an input that the first step refuses."""
        opening, *others = self.pipeline.steps
        opened = [_opened(opening, value, self.engine) for value in inputs]
        answers = [value for value in opened if not isinstance(value, PenjingError)]
        for step in others if answers else ():
            answers = step(answers, self.engine)
        rest = iter(answers)
        return [value if isinstance(value, PenjingError) else next(rest) for value in opened]


def _opened(opening: Step, value: Any, engine: Engine) -> Any | PenjingError:
    try:
        return opening([value], engine)[0]
    except PenjingError as error:
        return error


def _adjustable(step: Step) -> tuple[str, ...]:
    """The fields that may be changed when it is called: those in its `adjustable`; most steps have none."""
    names: tuple[str, ...] = getattr(step, "adjustable", ())
    return names


def _changed(step: Step, settings: Mapping[str, Any]) -> Step:
    mine = {key: value for key, value in settings.items() if key in _adjustable(step)}
    try:
        return msgspec.convert(msgspec.structs.asdict(step) | mine, type(step), strict=False)
    except msgspec.ValidationError as error:
        key = refused_field(error)
        if key is None:
            raise
        raise stop(
            "bad-setting",
            f"`{key}` cannot be {mine[key]!r}: it is {expected(type(step), key)}",
            where=f"{key}={mine[key]}",
            why="a value that does not fit its setting would mean something else than you wrote.",
            try_=f"such a value; or leave it out: it is {getattr(step, key)} here",
        ) from error
