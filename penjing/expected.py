"""What a field of a struct may be, in the words of a person: `a number above 0`, `a whole number from 0 up to 1024`."""

import re

import msgspec
from msgspec import inspect


def expected(struct: type[msgspec.Struct], field: str) -> str:
    """What one field may be, read from its annotation.

    Args:
        struct: that has the field.
        field: its name.
    """
    return _in_words(inspect.type_info({one.name: one.type for one in msgspec.structs.fields(struct)}[field]))


def _in_words(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.Metadata):
        return _in_words(kind.type)
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        noun = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
        return " ".join([noun, *_bounds(kind)])
    if isinstance(kind, inspect.LiteralType):
        return f"one of {', '.join(map(str, kind.values))}"
    if isinstance(kind, inspect.BoolType):
        return "true or false"
    if isinstance(kind, inspect.VarTupleType | inspect.ListType):
        return f"a list with commas, each part of it {_in_words(kind.item_type)}"
    if isinstance(kind, inspect.UnionType):
        return ", or ".join(_in_words(one) for one in kind.types if not isinstance(one, inspect.NoneType))
    return "a word" if isinstance(kind, inspect.StrType) else "something else"


def _bounds(kind: inspect.IntType | inspect.FloatType) -> list[str]:
    """`above 0`, `and below 1`; `from 0`, `up to 1`; `from 0 upwards`: whether an end belongs to it is heard."""
    ends = [
        *([f"above {kind.gt}"] if kind.gt is not None else []),
        *([f"from {kind.ge}"] if kind.ge is not None else []),
    ]
    if kind.lt is not None:
        ends.append(f"and below {kind.lt}" if ends else f"below {kind.lt}")
    if kind.le is not None:
        ends.append(f"up to {kind.le}")
    return [*ends, "upwards"] if kind.ge is not None and len(ends) == 1 else ends


def refused_field(error: msgspec.ValidationError) -> str | None:
    """The field of a struct whose value msgspec refused; None where it was the whole of them."""
    match = re.search(r"\$\.(\w+)", str(error))
    return match[1] if match else None
