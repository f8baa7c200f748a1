# [DEF:core.management.program:Module]
# @COMPLEXITY: 3
# @PURPOSE: The name of the program as it was started, for texts that name a command.
# @RELATION DEPENDS_ON -> core.advice

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from apps.core.advice import Surface, worded_for

INSTALLED, CHECKOUT = "lockstep", "manage.py"


def program() -> str:
    """`manage.py` for whoever started that; `lockstep` for everybody else."""
    return CHECKOUT if Path(sys.argv[0]).name == CHECKOUT else INSTALLED


def product() -> str:
    """What it is, and which version."""
    return f"Lockstep {version('lockstep')}"


def as_typed_elsewhere() -> str:
    """The program as a person can type it in another terminal, with the data directory if it was chosen."""
    data = os.environ.get("LOCKSTEP_DATA_DIR")
    return f"LOCKSTEP_DATA_DIR={shlex.quote(data)} {_path()}" if data else _path()


def _path() -> str:
    started = Path(sys.argv[0])
    if started.name == CHECKOUT:
        return f"{sys.executable} {started.resolve()}"
    found = shutil.which(INSTALLED)
    return INSTALLED if found and Path(found).resolve() == started.resolve() else str(started.resolve())


@contextmanager
def worded_for_commands() -> Iterator[None]:
    """Inside, advice names commands."""
    with worded_for(Surface("management.advice", {"program": program()})):
        yield
