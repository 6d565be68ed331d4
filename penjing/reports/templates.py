"""Pages are made from templates beside this file; a name that a template does not know is an error."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def rendered(template: str, filters: Mapping[str, Callable[..., str]], values: Mapping[str, Any]) -> str:
    """A page as HTML, the same for the same values; its style stands inside.

    Args:
        template: a file's name.
        filters: functions that the template calls by name.
        values: what it shows, by name.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    here = Path(__file__).parent
    templates = Environment(
        loader=FileSystemLoader(here),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= filters
    return templates.get_template(template).render(values, style=(here / "page.css").read_text("utf-8"))
