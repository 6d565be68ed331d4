"""The walls: what import-linter cannot see. It follows no third-party package, and no habits."""

import ast
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import penjing
from penjing.cli import ALL

PACKAGE = Path(penjing.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
WITHOUT_TORCH = (
    "evaluation",
    "data",
    "runtime",
    "run",
    "settling",
    "unused",
    "config",
    "budget",
    "randomness",
    "files",
    "expected",
    "findings",
)
TORCH_IS_WELCOME = tuple(
    f"penjing.data.augmentation.{link}" for link in ("augment", "coloring", "mixing", "moving", "patches", "zooming")
)
NAMES_THAT_SAY_NOTHING = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "base", "core", "tools"}
IMPORT_ALL = (
    "import sys, importlib\nsys.modules['torch'] = None\nfor name in sys.argv[1:]: importlib.import_module(name)"
)


def modules_of(room: str) -> list[str]:
    """The room and every module in it."""
    folder = PACKAGE / room
    below = pkgutil.walk_packages([str(folder)], f"penjing.{room}.") if folder.is_dir() else []
    return [f"penjing.{room}", *(module.name for module in below)]


@pytest.mark.parametrize("room", WITHOUT_TORCH)
def test_this_room_works_where_torch_is_not(room: str) -> None:
    modules = [name for name in modules_of(room) if name not in TORCH_IS_WELCOME]
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL, *modules], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_every_verb_can_be_asked_for_help_where_torch_is_not() -> None:
    verbs = [f"penjing.verbs.{verb}" for verb in ALL]
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL, *verbs], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_every_room_of_the_design_is_a_room_and_no_other() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms == {
        *("cli", "verbs", "reports", "exporting", "compression", "explanation", "training", "tasks", "evaluation"),
        *("rules", "inspection", "models", "data", "runtime", "run", "settling", "unused", "config", "budget"),
        *("arrays", "cache", "randomness", "files", "expected", "findings", "figures"),
        *("__init__", "__main__"),
    }


def test_no_file_has_a_name_that_says_nothing() -> None:
    parts = {part for path in FILES for part in path.relative_to(PACKAGE).with_suffix("").parts}
    assert parts.isdisjoint(NAMES_THAT_SAY_NOTHING)


def test_a_room_and_a_verb_never_share_a_name() -> None:
    """`penjing.train` would become the package at the first import of a module in it."""
    assert {path.stem for path in PACKAGE.iterdir()}.isdisjoint(ALL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(TREES[path])


def public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Functions and methods whose names, and whose classes' names, begin with no underscore."""
    for node in tree.body:
        for inner in [node, *(node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [])]:
            if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                yield inner


def test_no_public_function_is_a_tunnel_of_keywords() -> None:
    tunnels = [
        f"{path.name}: {function.name}"
        for path, tree in TREES.items()
        for function in public_functions(tree)
        if function.args.kwarg is not None
    ]
    assert tunnels == []
