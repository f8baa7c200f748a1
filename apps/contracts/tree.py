# [DEF:contracts.tree:Module]
# @COMPLEXITY: 3
# @PURPOSE: From a checkout to the tree that the rules look at.
# @RELATION CALLS -> contracts.anchors
# @RELATION CALLS -> contracts.python_facts
# @RELATION CALLS -> contracts.svelte_facts
# @RELATION DEPENDS_ON -> contracts.model

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from apps.contracts.anchors import read_blocks
from apps.contracts.configuration import Checkout
from apps.contracts.features import read_papers
from apps.contracts.model import Facts, Language, Source, Tree
from apps.contracts.python_facts import read_facts
from apps.contracts.svelte_facts import read_svelte_facts

SUFFIXES = {".svelte": Language.COMPONENT, ".ts": Language.SCRIPT}


def read_tree(checkout: Checkout, *, draft: bool = False) -> Tree:
    """A `draft` may still say that a target is not known."""
    settings = checkout.configuration
    return Tree(
        sources=(*_python_sources(checkout), *_svelte_sources(checkout)),
        floors=settings.floors,
        rendered=_rendered(checkout.path / settings.states) if settings.states else {},
        papers=read_papers(checkout.path, settings.specs) if settings.specs else None,
        draft=draft,
    )


def python_id(path: str) -> str:
    """`apps/superset/plan/plan.py` is `superset.plan`."""
    return PurePosixPath(path).with_suffix("").as_posix().removeprefix("apps/").replace("/", ".")


def svelte_id(path: str, frontend: str) -> str:
    """The path within the front end; a component's without `.svelte`."""
    return path.removeprefix(f"{frontend}/").removesuffix(".svelte")


def _python_sources(checkout: Checkout) -> Iterator[Source]:
    for root in checkout.configuration.roots:
        for path, content in _files(checkout, root, {".py"}):
            yield python_source(path, content)


def python_source(path: str, content: bytes) -> Source:
    identity = python_id(path)
    return _source(path, identity, Language.PYTHON, content, read_facts(content.decode(), identity))


def _svelte_sources(checkout: Checkout) -> Iterator[Source]:
    frontend = checkout.configuration.frontend
    files = dict(_files(checkout, frontend, set(SUFFIXES))) if frontend else {}
    if not files:
        return
    facts = read_svelte_facts(checkout.path, frontend, files)
    for path, content in files.items():
        yield _source(path, svelte_id(path, frontend), SUFFIXES[PurePosixPath(path).suffix], content, facts[path])


def _source(path: str, identity: str, language: Language, content: bytes, facts: Facts) -> Source:
    text = content.decode()
    blocks, faults = read_blocks(text, language)
    lines = text.splitlines()
    return Source(
        path=path,
        id=identity,
        language=language,
        lines=len(lines),
        top=_top(lines),
        blocks=blocks,
        faults=faults,
        facts=facts,
        checksum=hashlib.sha256(content).hexdigest(),
    )


def _top(lines: Iterable[str]) -> int:
    return next((number for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#!")), 1)


def _files(checkout: Checkout, root: str, suffixes: set[str]) -> Iterator[tuple[str, bytes]]:
    """The files below a root that carry an anchor, by their paths in the checkout."""
    for path in sorted((checkout.path / root).rglob("*")):
        relative = path.relative_to(checkout.path).as_posix()
        if path.suffix in suffixes and not any(fnmatchcase(relative, each) for each in checkout.configuration.exclude):
            yield relative, path.read_bytes()


def _rendered(folder: Path) -> dict[str, frozenset[str]]:
    """What each run of a test file has left: the states seen of each component, by the component's checksum.

    What was left by a test that is gone does not count.
    """
    seen: dict[str, frozenset[str]] = {}
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_text())
        if Path(record["test"]).exists():
            for component in record["components"]:
                before = seen.get(component["checksum"], frozenset())
                seen[component["checksum"]] = before | frozenset(component["states"])
    return seen
