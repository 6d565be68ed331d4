"""Pages are made from templates beside this file; a name that a template does not know is an error."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from penjing.evaluation.measured import apart_in_words

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_EVIDENCE = 2000  # characters of one finding's evidence
MOST_NAME = 32  # characters of an example's name: two lines below its drawing


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """A page as HTML, the same for the same values; its style stands inside.

    Args:
        template: a file's name.
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
    templates.filters |= {
        "apart": apart_in_words,
        "evidence": evidence_text,
        "setting": setting_text,
        "short": short_name,
        "typeset": typeset,
        "with_whole_options": with_whole_options,
    }
    return templates.get_template(template).render(values, style=(here / "page.css").read_text("utf-8"))


def typeset(figures: object) -> str:
    """Figures with a true minus sign; the hyphens of words beside them stay."""
    return re.sub(r"(?<!\w)-(?=\d)", "\N{MINUS SIGN}", str(figures))


def with_whole_options(text: str) -> "Markup":
    """Text in which no line breaks behind the hyphens of `--json`."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"(?<!\w)--\w[\w-]*", r'<span class="whole">\g<0></span>', str(escape(text))))


def evidence_text(evidence: dict[str, Any]) -> str:
    """A finding's evidence as indented JSON, cut where it is long, and saying so."""
    text = msgspec.json.format(msgspec.json.encode(evidence), indent=1).decode()
    return text if len(text) <= MOST_EVIDENCE else f"{text[:MOST_EVIDENCE]}\n... cut; whole in findings.json"


def setting_text(value: Any) -> str:
    """A setting's value as a person would type it; what is empty, as none."""
    if isinstance(value, list | tuple):
        value = ",".join(map(str, value))
    return "none" if value is None or value == "" else str(value)


def short_name(name: str) -> str:
    """The last part of an example's name, its middle left out where it is long: both ends tell it from others."""
    name = name.rsplit("/", 1)[-1]
    if len(name) <= MOST_NAME:
        return name
    tail = MOST_NAME // 2
    return f"{name[: MOST_NAME - tail - 1]}\N{HORIZONTAL ELLIPSIS}{name[-tail:]}"
