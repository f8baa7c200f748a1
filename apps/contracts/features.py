# [DEF:contracts.features:Module]
# @COMPLEXITY: 3
# @PURPOSE: The folders of `specs/`: reading them, and beginning a new one from the templates.
# @RELATION DEPENDS_ON -> contracts.model

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from apps.contracts.errors import ConfigurationError, FeatureRefused
from apps.contracts.model import Document, Feature, Papers

TEMPLATES = ".specify/templates"
CONSTITUTION = ".specify/memory/constitution.md"
PLAN = "plan.md"
MODULES = "contracts/modules.md"
DOCUMENTS = ("spec.md", PLAN, "research.md", "data-model.md", "quickstart.md", MODULES, "tasks.md")

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NUMBERED = re.compile(r"(\d{3})-.+")


def read_papers(checkout: Path, specs: str) -> Papers:
    return Papers(
        template=_document(checkout, f"{TEMPLATES}/plan-template.md"),
        constitution=_document(checkout, CONSTITUTION),
        features=tuple(_feature(checkout, path) for path in sorted((checkout / specs).iterdir()) if path.is_dir()),
    )


def _feature(checkout: Path, folder: Path) -> Feature:
    relative = folder.relative_to(checkout).as_posix()
    there = [name for name in DOCUMENTS if (folder / name).is_file()]
    return Feature(relative, {name: _document(checkout, f"{relative}/{name}") for name in there})


def _document(checkout: Path, path: str) -> Document:
    try:
        return Document(path, (checkout / path).read_text())
    except FileNotFoundError:
        raise ConfigurationError(f"There is no {path}: the feature documents are held against it.") from None


def begin_feature(checkout: Path, specs: str, name: str, *, today: date) -> list[str]:
    """Make `specs/NNN-name` with the next number; the paths of what was made. Brackets are left to be filled."""
    if not NAME.fullmatch(name):
        raise FeatureRefused(f"“{name}” is no name for a folder: use small letters, digits and single hyphens.")
    taken = [found for path in (checkout / specs).iterdir() if (found := NUMBERED.fullmatch(path.name))]
    if name in {found[0][4:] for found in taken}:
        raise FeatureRefused(f"There is a feature “{name}” already: choose another name.")
    numbered = f"{max((int(found[1]) for found in taken), default=0) + 1:03}-{name}"
    filled = {"[###-feature-name]": numbered, "[FEATURE]": name.replace("-", " ").capitalize(), "[DATE]": f"{today}"}
    return [_begin_document(checkout, f"{specs}/{numbered}/{document}", filled) for document in DOCUMENTS]


def _begin_document(checkout: Path, path: str, filled: dict[str, str]) -> str:
    target = checkout / path
    text = (checkout / TEMPLATES / f"{target.stem}-template.md").read_text()
    for bracket, value in filled.items():
        text = text.replace(bracket, value)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return path
