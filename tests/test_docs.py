"""The documentation says what is: generated pages are fresh, code blocks run, links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PAGES = [
    *(REPOSITORY / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of each code block."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def test_generated_pages_are_fresh() -> None:
    sys.path.insert(0, str(REPOSITORY / "docs"))
    try:
        import generate
    finally:
        sys.path.pop(0)
    stale = [
        path
        for path, text in generate.pages().items()
        if not (REPOSITORY / "docs" / path).exists() or (REPOSITORY / "docs" / path).read_text(encoding="utf-8") != text
    ]
    assert not stale, "make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_and_pictures_lead_to_files_that_exist(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)|(?:src|srcset)=\"([^\"]+)\"", page.read_text(encoding="utf-8"))
    local = [target or source for target, source in targets if "://" not in (target or source)]
    assert [target for target in local if not (page.parent / target).exists()] == []


RUNNABLE = [  # README.zh.md runs what README.md runs, see below
    page
    for page in PAGES
    if page.name != "README.zh.md" and any(language in ("python", "console") for language, _ in blocks(page))
]

BY_SPEED = ("penjing bench", "penjing compress")  # what these say depends on how fast the machine is


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_code_blocks_run_in_their_order(page: Path, tmp_path: Path) -> None:
    """`console`: each line behind `$ ` succeeds, and says what stands below it; `python`: one process for the page."""
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    python = []
    for language, text in blocks(page):
        if language == "python":
            python.append(text)
        elif language == "console":
            for line, below in re.findall(r"^\$ (.*)$((?:\n(?!\$ ).*)*)", text, re.MULTILINE):
                if line.startswith(("make", "pip", "git")):
                    continue  # these make the environment that we are in
                said = masked(expect_success(["bash", "-c", line], tmp_path))
                if line.startswith(BY_SPEED):
                    continue
                assert [words for words in map(masked, below.splitlines()) if words not in said] == [], line
    if python:
        (tmp_path / "page.py").write_text("\n".join(python), encoding="utf-8")
        expect_success([sys.executable, "page.py"], tmp_path)


def masked(text: str) -> str:
    """Its words, with figures that differ from run to run as #, and without bars of progress."""
    text = re.sub(r"^━.*$|^\.\.\.$|(?<=PyTorch )\S+", "", text, flags=re.MULTILINE)  # 2.13.0+cpu, or +cu130
    return " ".join(re.sub(r"\b[0-9a-f]{12,}\b|[-+]?\d[\d,.]*", "#", text).split())


def expect_success(words: list[str], folder: Path) -> str:
    """What it said, to people and to machines."""
    done = subprocess.run(
        words,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "OMP_NUM_THREADS": "1",
            "HOME": str(folder),
            "COLUMNS": "100",
        },
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stderr + done.stdout


def test_the_two_readmes_have_the_same_parts_commands_and_code() -> None:
    def shape(name: str) -> list[str]:
        text = (REPOSITORY / name).read_text(encoding="utf-8")
        return re.findall(r"^(#+ |```\w+|\$ .*|!\[)", text, re.MULTILINE)

    def code(name: str) -> list[str]:
        return [re.sub(r" *#.*", "", text) for language, text in blocks(REPOSITORY / name) if language == "python"]

    assert shape("README.md") == shape("README.zh.md")
    assert code("README.md") == code("README.zh.md")
