# [DEF:plugins.skeleton:Module]
# @COMPLEXITY: 3
# @PURPOSE: The package that `lockstep plugins new` writes.
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from pathlib import Path
from string import Template

from apps.core.errors import Conflict, LockstepError
from apps.plugins import messages
from apps.plugins.registry import GROUP, SLUG

PYPROJECT = """\
[project]
name = "lockstep-$dashed"
version = "0.1.0"
description = "A plugin of Lockstep."
requires-python = ">=3.11"

[project.entry-points."$group"]
$slug = "lockstep_$slug.plugin:plugin"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""

README = """\
# $title, a plugin of Lockstep

Install it into the Python that runs Lockstep, restart web and worker, and enable it:

    pip install .
    lockstep plugins check
    lockstep plugins enable $slug
    lockstep plugins settings $slug --set greeting=Hello

Its test runs where Lockstep is installed: `python -m pytest`.
"""

PLUGIN = '''\
"""Says hello. Put what your plugin does in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.plugins.base import Action, Context, LockstepError, Plugin


@dataclass(frozen=True)
class Settings:
    """What staff sets once for all actions. A field of the type `Secret` is stored encrypted."""

    greeting: str = field(default="Hello", metadata={"title": "Greeting"})


@dataclass(frozen=True)
class HelloParams:
    """What is given for each run."""

    name: str = field(metadata={"title": "Name", "help": "Whom to greet."})


def hello(context: Context, params: HelloParams) -> Mapping[str, Any]:
    if not params.name.strip():
        raise LockstepError("There is nobody to greet: give a name.")
    context.stage("greet", 1, 1)
    context.check_cancelled()
    text = f"{context.settings.greeting}, {params.name}!"
    context.log(text)
    return {"said": text}


plugin = Plugin(
    slug="$slug",
    title="$title",
    version="0.1.0",
    settings=Settings,
    actions=(Action(slug="hello", title="Say hello", params=HelloParams, run=hello, repeatable=True),),
)
'''

TEST = """\
from __future__ import annotations

import pytest
from apps.plugins.base import LockstepError
from apps.plugins.testing import RecordingContext

from lockstep_$slug.plugin import HelloParams, Settings, hello, plugin


def test_the_plugin_greets_by_name():
    context = RecordingContext(settings=Settings(greeting="Good morning"))
    assert hello(context, HelloParams("Ann")) == {"said": "Good morning, Ann!"}
    assert context.lines == [("info", "Good morning, Ann!")]


def test_nobody_is_refused():
    with pytest.raises(LockstepError, match="give a name"):
        hello(RecordingContext(settings=Settings()), HelloParams(" "))


def test_the_plugin_is_named_like_its_entry_point():
    assert plugin.slug == "$slug"
"""

FILES = {
    "pyproject.toml": PYPROJECT,
    "README.md": README,
    "lockstep_$slug/__init__.py": "",
    "lockstep_$slug/plugin.py": PLUGIN,
    "tests/test_plugin.py": TEST,
}


def write_skeleton(*, slug: str, folder: Path) -> Path:
    """A new folder in this one, with a package that works. Returns it."""
    if not SLUG.fullmatch(slug):
        raise LockstepError(messages.NOT_A_PLUGIN_NAME.format(slug=slug))
    dashed = slug.replace("_", "-")
    place = folder / f"lockstep-{dashed}"
    words = {"slug": slug, "dashed": dashed, "title": slug.replace("_", " ").capitalize(), "group": GROUP}
    try:
        place.mkdir(parents=True)
    except FileExistsError:
        raise Conflict(messages.PLACE_TAKEN.format(place=place)) from None
    except OSError as error:
        raise LockstepError(messages.PLACE_UNUSABLE.format(place=place, reason=error.strerror)) from None
    for name, content in FILES.items():
        file = place / Template(name).substitute(words)
        file.parent.mkdir(exist_ok=True)
        file.write_text(Template(content).substitute(words), encoding="utf-8")
    return place
