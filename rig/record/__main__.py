"""`python -m rig.record URL --username admin --password-file F FOLDER`: record a Superset for the tests."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from apps.superset.errors import SupersetError
from apps.superset.http.auth import PasswordLogin
from rig.record.recording import record


def main() -> int:
    options = _options()
    login = PasswordLogin(options.username, options.password_file.read_text().rstrip("\n"))
    try:
        record(options.url, login, options.destination)
    except SupersetError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m rig.record", description="Record what a real Superset responds, for the tests of the engine."
    )
    parser.add_argument("url", help="address of the Superset; it is only read")
    parser.add_argument("--username", required=True)
    parser.add_argument("--password-file", required=True, type=Path)
    parser.add_argument("destination", type=Path, help="folder for the files")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
