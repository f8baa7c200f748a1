# [DEF:contracts.features:Module]
# @COMPLEXITY: 3
# @PURPOSE: The folders of `specs/`: reading them, and creating a new one from the templates.
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
MODULES = "modules.md"
"""The map of the modules. It is generated, and stands apart from what people write."""

MAPS = "modules"
"""The folder of `specs/` with the maps of all features."""
DOCUMENTS = ("spec.md", PLAN, "research.md", "data-model.md", "quickstart.md", MODULES, "tasks.md")

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NUMBERED = re.compile(r"(\d{3})-.+")


def read_papers(checkout: Path, specs: str) -> Papers:
    return Papers(
        template=_document(checkout, f"{TEMPLATES}/plan-template.md"),
        constitution=_document(checkout, CONSTITUTION),
        features=tuple(_feature(checkout, path) for path in sorted((checkout / specs).iterdir()) if _is_feature(path)),
    )


def document_path(feature: str, name: str) -> str:
    """Where a document of a feature (`specs/001-migration`) is."""
    if name != MODULES:
        return f"{feature}/{name}"
    specs, _, numbered = feature.rpartition("/")
    return f"{specs}/{MAPS}/{numbered}.md"


def _is_feature(path: Path) -> bool:
    return path.is_dir() and path.name != MAPS


def _feature(checkout: Path, folder: Path) -> Feature:
    relative = folder.relative_to(checkout).as_posix()
    paths = {name: document_path(relative, name) for name in DOCUMENTS}
    return Feature(
        relative, {name: _document(checkout, path) for name, path in paths.items() if (checkout / path).is_file()}
    )


def _document(checkout: Path, path: str) -> Document:
    try:
        return Document(path, (checkout / path).read_text())
    except FileNotFoundError:
        raise ConfigurationError(f"There is no {path}, which the check of the feature documents needs.") from None


def begin_feature(checkout: Path, specs: str, name: str, *, today: date) -> list[str]:
    """Create `specs/NNN-name` with the next number; the paths of the new files. Their brackets have to be filled in."""
    if not NAME.fullmatch(name):
        raise FeatureRefused(f"“{name}” cannot name a folder. Use lower-case letters, digits and single hyphens.")
    taken = [found for path in (checkout / specs).iterdir() if (found := NUMBERED.fullmatch(path.name))]
    if name in {found[0][4:] for found in taken}:
        raise FeatureRefused(f"The feature “{name}” already exists. Choose another name.")
    numbered = f"{max((int(found[1]) for found in taken), default=0) + 1:03}-{name}"
    filled = {"[###-feature-name]": numbered, "[FEATURE]": name.replace("-", " ").capitalize(), "[DATE]": f"{today}"}
    return [_begin_document(checkout, f"{specs}/{numbered}", document, filled) for document in DOCUMENTS]


def _begin_document(checkout: Path, feature: str, name: str, filled: dict[str, str]) -> str:
    path = document_path(feature, name)
    target = checkout / path
    text = (checkout / TEMPLATES / name.replace(".md", "-template.md")).read_text()
    for bracket, value in filled.items():
        text = text.replace(bracket, value)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return path
