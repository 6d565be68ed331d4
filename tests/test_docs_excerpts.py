"""docs/task.md quotes the examples as they are: each `py` block stands in one of them, word for word."""

import re
from textwrap import indent

from tests.conftest import REPOSITORY


def test_what_the_task_page_quotes_stands_in_the_examples() -> None:
    page = (REPOSITORY / "docs" / "task.md").read_text(encoding="utf-8")
    sources = [path.read_text(encoding="utf-8") for path in (REPOSITORY / "examples").glob("*.py")]
    quotes = re.findall(r"^```py\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(quotes) >= 5
    stale = [quote for quote in quotes if not any(quote in text or indent(quote, "    ") in text for text in sources)]
    assert stale == []
