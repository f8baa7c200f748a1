#!/usr/bin/env python
"""The front door for operators: `manage.py environment add …`, `manage.py migration plan …`."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    try:
        from django.conf import settings  # noqa: PLC0415 - tells below what to do where it is missing
        from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
        from django.core.management import execute_from_command_line  # noqa: PLC0415
    except ModuleNotFoundError as error:
        sys.exit(
            f"{error.name} is not installed for {sys.executable}: run `make setup`, then .venv/bin/python manage.py."
        )
    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings now, so that a wrong one is told in one sentence
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
