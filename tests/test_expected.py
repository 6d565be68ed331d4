"""What a field may be, in words: each end of a range is heard, and whether it belongs to it."""

from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from penjing.expected import expected, refused_field


class Fields(msgspec.Struct):
    """One of each kind."""

    above: Annotated[float, Meta(gt=0, description="x")] = 1
    share: Annotated[float, Meta(ge=0, lt=1)] | None = None
    part: Annotated[float, Meta(gt=0, le=1)] = 1
    count: Annotated[int, Meta(ge=1)] = 1
    few: Annotated[int, Meta(ge=0, le=9)] = 0
    small: Annotated[int, Meta(lt=9)] = 0
    any: float = 0
    truth: bool = True
    name: str = ""
    some: Annotated[int, Meta(ge=0)] | Literal["stem", "body"] = 0
    several: tuple[Annotated[float, Meta(gt=0)], ...] = ()


@pytest.mark.parametrize(
    ("field", "words"),
    {
        "above": "a number above 0",
        "share": "a number from 0 and below 1",
        "part": "a number above 0 up to 1",
        "count": "a whole number from 1 upwards",
        "few": "a whole number from 0 up to 9",
        "small": "a whole number below 9",
        "any": "a number",
        "truth": "true or false",
        "name": "a word",
        "some": "a whole number from 0 upwards, or one of body, stem",
        "several": "a list with commas, each part of it a number above 0",
    }.items(),
)
def test_a_field_in_words(field: str, words: str) -> None:
    assert expected(Fields, field) == words


def test_the_field_that_was_refused_is_found() -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert({"several": ["x"]}, Fields)
    assert refused_field(caught.value) == "several"
    assert refused_field(msgspec.ValidationError("they do not go together")) is None
