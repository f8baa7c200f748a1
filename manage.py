#!/usr/bin/env python
"""The front door for operators: `manage.py environment add …`, `manage.py migration plan …`."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - may be missing
        from django.core.management import execute_from_command_line  # noqa: PLC0415
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is missing in {sys.executable}: run `make setup`, then .venv/bin/python manage.py.")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # a wrong setting: one sentence, no traceback
        sys.exit(str(error))


if __name__ == "__main__":
    main()
