"""The documents of an operator: messages as Lockstep gives them, settings that are read, units that systemd accepts."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from apps.plugins.base import Action
from apps.tasks.worker.cancellation import GRACE_OF_WRITES
from project.tests.running import CHECKOUT, environment

DOCUMENTS = CHECKOUT / "docs"
SYSTEMD = DOCUMENTS / "examples" / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
QUOTED = re.compile(r"^> (.+)$", re.MULTILINE)

MOST_EXPOSED = 20
"""Of 100, by `systemd-analyze security`: a service without any of it has 96."""

INSTALLED = "/opt/lockstep/bin/lockstep"


def texts_of(path: Path) -> Iterator[str]:
    """Every text in the code, with … for what is filled in."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield PLACEHOLDER.sub("…", node.value).replace("%s", "…")
        elif isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
            yield "".join(parts)


def said() -> list[str]:
    sources = [path for top in ("apps", "project") for path in (CHECKOUT / top).rglob("*.py")]
    return [text for path in sources if "tests" not in path.parts for text in texts_of(path)]


def quoted() -> list[str]:
    return QUOTED.findall((DOCUMENTS / "troubleshooting.md").read_text())


def test_every_message_in_troubleshooting_is_one_that_lockstep_gives():
    known = said()
    messages = quoted()
    assert len(messages) >= 30
    assert [message for message in messages if not any(message in text for text in known)] == []


@pytest.mark.parametrize("name", ["install.md", "upgrade.md"])
def test_the_user_of_the_service_can_read_what_root_installs(name):
    """pip obeys the umask, which is strict on many servers, and after the documented backup."""
    blocks = re.findall(r"(?:^ +\S.*\n)+", (DOCUMENTS / name).read_text(), re.MULTILINE)
    installing = [block.split("\n")[0].strip() for block in blocks if "/opt/lockstep/bin/pip install" in block]
    assert installing == ["umask 022"]


def test_every_document_is_in_the_index():
    index = (DOCUMENTS / "index.md").read_text()
    names = {path.name for path in DOCUMENTS.glob("*.md")} - {"index.md"}
    assert {name for name in names if f"]({name})" not in index} == set()


def test_the_documents_name_the_wheel_of_this_version():
    version = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
    named = {name for path in DOCUMENTS.glob("*.md") for name in re.findall(r"[\w.-]+\.whl", path.read_text())}
    assert named == {f"lockstep-{version}-py3-none-any.whl"}


def systemd_analyze(*words: str) -> subprocess.CompletedProcess[str]:
    """CI has it; elsewhere the test is skipped without it."""
    if not shutil.which("systemd-analyze") and os.environ.get("CI") != "true":
        pytest.skip("systemd-analyze is not installed")
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


@pytest.fixture(params=UNITS, ids=lambda path: path.stem)
def unit(request, tmp_path) -> Path:
    """The unit of the documents, for a program that is on this machine."""
    text = request.param.read_text()
    assert INSTALLED in text
    placed = tmp_path / request.param.name
    placed.write_text(text.replace(INSTALLED, str(Path(sys.executable).with_name("lockstep"))))
    return placed


def test_systemd_accepts_the_unit(unit):
    verified = systemd_analyze("verify", str(unit))
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


def test_the_unit_gives_up_what_lockstep_does_not_need(unit):
    judged = systemd_analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", str(unit))
    assert judged.returncode == 0, judged.stdout[-300:] + judged.stderr


def test_the_worker_gets_the_signal_alone_and_as_long_as_a_task_may_take():
    worker = (SYSTEMD / "lockstep-worker.service").read_text()
    assert "\nKillMode=mixed\n" in worker
    minutes = int(re.search(r"^TimeoutStopSec=(\d+)min$", worker, re.MULTILINE)[1])
    longest = next(field.default for field in fields(Action) if field.name == "time_limit")
    assert minutes * 60 > longest + GRACE_OF_WRITES


def test_the_settings_of_the_example_are_sound_for_systemd_and_for_a_shell(tmp_path):
    lines = [line for line in (SYSTEMD / "lockstep.env").read_text().splitlines() if line and line[0] != "#"]
    settings = dict(shlex.split(line)[0].split("=", 1) for line in lines)
    assert settings["DATABASE_URL"].startswith("postgres://")
    documented = (DOCUMENTS / "settings.md").read_text() + (DOCUMENTS / "approvals.md").read_text()
    assert {name for name in settings if f"`{name}`" not in documented} == set()
    ours = environment(tmp_path / "data") | settings | {"LOCKSTEP_DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": ""}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"]
    checked = subprocess.run(command, env=ours, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
