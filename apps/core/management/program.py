# [DEF:core.management.program:Module]
# @COMPLEXITY: 3
# @PURPOSE: The name of the program as it was started, for texts that name a command.
# @RELATION DEPENDS_ON -> core.advice

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.core.advice import Surface, worded_for

INSTALLED, CHECKOUT = "lockstep", "manage.py"


def program() -> str:
    """`manage.py` for whoever started that; `lockstep` for everybody else."""
    return CHECKOUT if Path(sys.argv[0]).name == CHECKOUT else INSTALLED


def command_line() -> str:
    """What starts this program again in another terminal, whatever its directory and PATH."""
    started = Path(sys.argv[0]).resolve()
    if program() == CHECKOUT:
        return f"{sys.executable} {started}"
    found = shutil.which(INSTALLED)
    return INSTALLED if found and Path(found).resolve() == started else str(started)


@contextmanager
def worded_for_commands() -> Iterator[None]:
    """Inside, advice names commands."""
    with worded_for(Surface("management.advice", {"program": program()})):
        yield
