# [DEF:project.console:Module]
# @COMPLEXITY: 2
# @PURPOSE: The `lockstep` command; `manage.py` in a checkout runs the same.

from __future__ import annotations

import os
import sys

STOPPED = 130


def main() -> None:
    """Run the command on the command line. Ctrl-C ends it without a stack trace, also while it loads."""
    try:
        _run()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(STOPPED)


def _run() -> None:
    """A wrong setting or a missing package ends with one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - may be missing

        from apps.core.management.console import Console  # noqa: PLC0415 - needs Django
    except ModuleNotFoundError as error:
        sys.exit(
            f"{error.name} is missing in {sys.executable}. Install Lockstep again with its dependencies; "
            "in a checkout, run `make setup`, then .venv/bin/lockstep."
        )
    try:
        Console(sys.argv).execute()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
