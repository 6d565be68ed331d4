"""Pages are made from templates beside this file; a name that a template does not know is an error."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

MOST_EVIDENCE = 2000  # characters of one finding's evidence


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
    templates.filters |= {"evidence": evidence_text, "setting": setting_text, "typeset": typeset}
    return templates.get_template(template).render(values, style=(here / "page.css").read_text("utf-8"))


def typeset(figures: object) -> str:
    """Figures with a true minus sign."""
    return str(figures).replace("-", "\N{MINUS SIGN}")


def evidence_text(evidence: dict[str, Any]) -> str:
    """A finding's evidence as indented JSON, cut where it is long, and saying so."""
    text = msgspec.json.format(msgspec.json.encode(evidence), indent=1).decode()
    return text if len(text) <= MOST_EVIDENCE else f"{text[:MOST_EVIDENCE]}\n... cut; whole in findings.json"


def setting_text(value: Any) -> str:
    """A setting's value as a person would type it."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "none"
    return str(value)
