# [DEF:core.management.program:Module]
# @COMPLEXITY: 2
# @PURPOSE: The name of the program as it was started, for texts that name a command.
# @RELATION DEPENDS_ON -> core.advice

from __future__ import annotations

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


@contextmanager
def worded_for_commands() -> Iterator[None]:
    """Inside, advice names commands."""
    with worded_for(Surface("management.advice", {"program": program()})):
        yield
