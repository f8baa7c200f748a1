# [DEF:project.console:Module]
# @COMPLEXITY: 2
# @PURPOSE: The `lockstep` command; `lockstep` in a checkout runs the same.

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command on the command line. A wrong setting or a missing package ends with one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - may be missing
        from django.core.management import execute_from_command_line  # noqa: PLC0415
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is missing in {sys.executable}: run `make setup`, then .venv/bin/lockstep.")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
