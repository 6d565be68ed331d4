"""Putting hooks and wrappers in place for a while, and what was there before back."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def hook(handle: Any) -> Iterator[None]:
    """Take a hook away at the end."""
    try:
        yield
    finally:
        handle.remove()


@contextlib.contextmanager
def replaced(owner: Any, name: str, around: Callable[..., Any]) -> Iterator[None]:
    """Call `around(original, ...)` in place of a function, and put the original back."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapper(*arguments: Any, **named: Any) -> Any:
        return around(original, *arguments, **named)

    setattr(owner, name, wrapper)
    try:
        yield
    finally:
        setattr(owner, name, original)
