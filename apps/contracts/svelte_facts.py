# [DEF:contracts.svelte_facts:Module]
# @COMPLEXITY: 3
# @PURPOSE: What Svelte components and TypeScript do, read by Svelte's own compiler in one process of Node.
# @RELATION DEPENDS_ON -> contracts.model

from __future__ import annotations

import json
import posixpath
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from shutil import which
from typing import Any

from apps.contracts.errors import NodeMissing
from apps.contracts.model import OUTSIDE, Definition, Facts, Fault

READER = Path(__file__).parent / "svelte" / "facts.mjs"
ALIASES = ("$lib/", "#lib/")
"""How a module names the folder `lib` of the front end."""

ENDINGS = ("", ".ts", ".svelte.ts", "/index.ts")
"""What an import may leave out."""


def read_svelte_facts(checkout: Path, frontend: str, files: Mapping[str, bytes]) -> dict[str, Facts]:
    """The facts of each file, by its path. The compiler is the one in the `node_modules` above the front end."""
    texts = {path: content.decode() for path, content in files.items()}
    read = _ask_node(checkout / frontend, texts)
    known = {_below(path, frontend) for path in files}
    return {path: _facts(read[path], _Place(_below(path, frontend), known)) for path in files}


def _ask_node(folder: Path, texts: Mapping[str, str]) -> dict[str, Any]:
    node = which("node")
    if node is None:
        raise NodeMissing("The components cannot be checked: Node (20.19 or newer) is not installed.")
    result = subprocess.run(  # noqa: S603 - our own script
        [node, str(READER), str(folder)], input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    if result.returncode:
        errors = result.stderr.strip().splitlines()
        reason = errors[-1] if errors else f"exit code {result.returncode}"
        raise NodeMissing(f"The components cannot be checked ({reason}): run `make node` first.")
    read: dict[str, Any] = json.loads(result.stdout)
    return read


def _below(path: str, frontend: str) -> str:
    return path.removeprefix(f"{frontend}/")


class _Place:
    """The place of a file, which resolves what it imports."""

    def __init__(self, path: str, known: Iterable[str]) -> None:
        self._path, self._known = path, frozenset(known)
        self.id = path.removesuffix(".svelte")

    def name(self, source: str | None, name: str) -> str:
        """The name as the contracts write it; `source` is None for what the file defines itself."""
        base = self.id if source is None else self._resolved(source)
        return f"{base}.{name}" if name else base

    def _resolved(self, source: str) -> str:
        inside = self._inside(source)
        if inside is None:
            return OUTSIDE + source
        found = next((inside + ending for ending in ENDINGS if inside + ending in self._known), inside)
        return found.removesuffix(".svelte")

    def _inside(self, source: str) -> str | None:
        """The path in the front end that is meant, if any."""
        if source.startswith("."):
            return posixpath.normpath(posixpath.join(posixpath.dirname(self._path), source))
        alias = next((each for each in ALIASES if source.startswith(each)), None)
        return "lib/" + source.removeprefix(alias) if alias else None


def _facts(read: dict[str, Any], place: _Place) -> Facts:
    if "fault" in read:
        return Facts(fault=Fault(read["fault"]["line"], f"cannot be compiled: {read['fault']['text']}"))
    return Facts(
        imports={place.name(each["source"], each["name"]): each["line"] for each in reversed(read["imports"])},
        bases=tuple((place.name(each["source"], each["name"]), each["line"]) for each in read["bases"]),
        calls=tuple((place.name(each["source"], each["name"]), each["line"]) for each in read["calls"]),
        definitions=tuple(
            Definition(each["name"], each["type"], each["first"], each["last"]) for each in read["definitions"]
        ),
        states=frozenset(read["states"]),
        has_functions=read["functions"],
    )
