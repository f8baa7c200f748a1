"""The source of an installed Superset: its Python modules, parsed, and the scripts of its front end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rig import paths
from rig.errors import RigError

NOT_RUN = frozenset({"examples", "translations", "mcp_service", "__pycache__"})
"""Parts that write no asset of a user: example data, and the interface of an assistant to the REST API."""

ASSETS = "static/assets"


@dataclass(frozen=True)
class Package:
    """The package `superset` below a folder."""

    root: Path

    @cached_property
    def modules(self) -> dict[str, ast.Module]:
        """Every module by its path below the package."""
        return {path.relative_to(self.root).as_posix(): ast.parse(path.read_bytes()) for path in self._sources()}

    @cached_property
    def scripts(self) -> dict[str, str]:
        """Every script of the front end by its file name."""
        folder = self.root / ASSETS
        return {path.name: path.read_text(errors="replace") for path in sorted(folder.glob("*.js"))}

    def _sources(self) -> Iterator[Path]:
        for path in sorted(self.root.rglob("*.py")):
            if not NOT_RUN.intersection(path.relative_to(self.root).parts):
                yield path


def at(folder: Path) -> Package:
    """The package in this folder; RigError if there is none."""
    if not (folder / ASSETS).is_dir():
        raise RigError(f"{folder} is not an installed Superset: give a folder such as …/site-packages/superset")
    return Package(folder)


def installed() -> Package:
    """The Superset of the rig; RigError if none is installed."""
    found = sorted(paths.superset_venv().glob("lib/python*/site-packages/superset"))
    if not found:
        raise RigError(f"No Superset is installed in {paths.superset_venv()}: `make demo` installs it")
    return Package(found[0])
