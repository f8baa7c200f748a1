"""What the shape of `rig` promises: an independent checker, small modules, and commands that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from project.tests.modules import percentile_95

CHECKOUT = Path(__file__).parents[2]
RIG = CHECKOUT / "rig"
SOURCES = sorted(RIG.rglob("*.py"))
FOLDERS = sorted({path.parent for path in SOURCES})
LIMIT = 400
MOST = 230
"""Lines that 95 % of the modules do not exceed."""

WIDEST = 16
COMMAND = re.compile(r"python -m (rig[\w.]*\w)")


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return found


@pytest.mark.parametrize("path", sorted((RIG / "check").glob("*.py")), ids=lambda path: path.stem)
def test_the_checker_shares_no_code_with_lockstep(path: Path):
    names = imported(path)
    assert not [name for name in names if name.split(".")[0] in ("apps", "project", "django")]
    ours = {name for name in names if name.startswith("rig.") and not name.startswith("rig.check.")}
    assert ours <= {"rig.errors", "rig.servers.configuration"}


def test_every_init_file_of_the_rig_is_empty():
    assert [str(path) for path in SOURCES if path.name == "__init__.py" and path.read_text()] == []


def test_no_module_of_the_rig_is_longer_than_the_limit():
    lengths = {str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LIMIT} == {}


def test_most_modules_of_the_rig_are_short():
    assert percentile_95([len(path.read_text().splitlines()) for path in SOURCES if path.name != "__init__.py"]) <= MOST


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(CHECKOUT)))
def test_no_folder_of_the_rig_is_wider_than_the_limit(folder: Path):
    assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= WIDEST


def test_every_documented_command_of_the_rig_exists():
    texts = [CHECKOUT / "Makefile", CHECKOUT / ".ci/run", CHECKOUT / "README.md", *(CHECKOUT / "docs").glob("*.md")]
    named = {name for path in [*texts, *SOURCES] for name in COMMAND.findall(path.read_text())}
    assert named
    assert {name for name in named if not exists(name)} == set()


def exists(name: str) -> bool:
    path = CHECKOUT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()
