"""What the documents say of settings, files, modules and commands is so."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from apps.superset.messages.stages import STAGES

CHECKOUT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "docs/decisions/*.md", "specs/**/*.md", ".specify/memory/*.md")
    for path in CHECKOUT.glob(pattern)
)
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)")
CODE = re.compile(r"`([^`\n]+)`|^ {4,}(\S.*)$", re.MULTILINE)
MAKE = re.compile(r"(?:^|[\s…])make ([a-z][a-z0-9-]*)")
MANAGE = re.compile(r"(?:manage\.py|(?<![\w/.-])lockstep) ([a-z_]+)(?: ([a-z][a-z-]*(?:\|[a-z-]+)*))?")
RUN_MODULE = re.compile(r"python -m (rig[a-z_.]*)")
MODULE = re.compile(r"`([a-z_]+(?:\.[a-z_]+)+)`")
ROOM = re.compile(r"^\| `([a-z_/]+)` \|", re.MULTILINE)
STANDARD_ROOMS = {"admin_pages", "api", "commands", "management", "migrations", "plugin", "services", "tests"}
"""Those that any app may have: the table of its plan names them."""

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(CHECKOUT).as_posix())


def code_of(document: Path) -> str:
    """Only the spans and blocks of code, a line each."""
    return "\n".join(span or line for span, line in CODE.findall(document.read_text()))


def anchors_of(document: Path) -> set[str]:
    """The fragments that GitHub gives to its headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))


def verbs_of(command: str) -> set[str]:
    """The verbs of a command of ours; empty where it has none."""
    parser = load_command_class(get_commands()[command], command).create_parser("lockstep", command)
    choices = (action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return {verb for each in choices for verb in each}


def section(heading: str) -> str:
    """The text of docs/development.md below this heading, up to the next of its level."""
    text = (CHECKOUT / "docs/development.md").read_text()
    return text.partition(f"\n### {heading}\n")[2].partition("\n##")[0]


def folders_with_modules(below: str) -> Iterator[str]:
    for folder in (CHECKOUT / below).iterdir():
        if any(path.name != "__init__.py" for path in folder.glob("*.py")):
            yield folder.name


def test_every_setting_is_documented():
    settings = (CHECKOUT / "project/settings.py").read_text()
    documented = "".join(path.read_text() for path in CHECKOUT.glob("docs/*.md"))
    read = set(re.findall(r'"(LOCKSTEP_\w+|DATABASE_URL)"', settings))
    assert read
    assert {name for name in read if f"`{name}`" not in documented} == set()


@every_document
def test_links_lead_to_files_and_headings_that_exist(document):
    for target in LINK.findall(document.read_text()):
        file, _, fragment = target.partition("#")
        linked = document.parent / file if file else document
        assert linked.exists(), target
        assert not fragment or fragment in anchors_of(linked), target


@every_document
def test_make_targets_that_documents_name_exist(document):
    assert set(MAKE.findall(code_of(document))) <= make_targets()


@every_document
def test_commands_and_verbs_that_documents_name_exist(document):
    for command, verbs in MANAGE.findall(code_of(document)):
        assert command in get_commands()
        known = verbs_of(command)
        assert not known or set(verbs.split("|")) - {""} <= known, (command, verbs)


@every_document
def test_modules_of_the_rig_that_documents_run_exist(document):
    for module in RUN_MODULE.findall(code_of(document)):
        assert find_spec(module.rstrip("."))


def test_modules_of_the_main_job_exist():
    named = MODULE.findall(section("The main job, module by module"))
    assert named
    assert [module for module in named if not find_spec(f"apps.{module}")] == []


def test_every_room_of_the_engine_is_listed():
    engine, _, _ = section("Rooms").partition("Beside the rooms")
    assert set(ROOM.findall(engine)) == set(folders_with_modules("apps/superset")) - {"tests"}


def test_every_other_room_is_listed():
    _, _, others = section("Rooms").partition("Beside the rooms")
    listed = set(ROOM.findall(others))
    apps = [path.name for path in (CHECKOUT / "apps").iterdir() if path.is_dir() and path.name != "superset"]
    rooms = {f"{app}/{room}" for app in apps for room in folders_with_modules(f"apps/{app}")}
    rooms |= {f"{top}/{room}" for top in ("project", "rig") for room in folders_with_modules(top)}
    assert {room for room in rooms if room.partition("/")[2] not in STANDARD_ROOMS} <= listed
    for room in listed:
        assert (CHECKOUT / room).is_dir() or (CHECKOUT / "apps" / room).is_dir(), room


def test_the_transcript_in_the_readme_has_the_stages_as_they_are_printed():
    printed = [re.sub(r"\\{\w+\\}", ".+", re.escape(text)) for text in STAGES.values()]
    titles = "|".join(sorted({text.partition(":")[0] for text in STAGES.values() if ":" in text}))
    shown = re.findall(rf"^ {{4}}[\d:]+  ((?:{titles}): .+)$", (CHECKOUT / "README.md").read_text(), re.MULTILINE)
    assert len(shown) >= 3
    assert [line for line in shown if not any(re.fullmatch(pattern, line) for pattern in printed)] == []
