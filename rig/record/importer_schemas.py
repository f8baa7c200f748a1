"""`python -m rig.record.importer_schemas`: reads the importer schemas of an installed Superset.

Writes apps/superset/releases/importer_schemas/v6_1.json; with --check prints the differences instead, and exits with 1
if there are any. Does not install Superset: `make demo` does.
"""

from __future__ import annotations

import argparse
import difflib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rig import paths
from rig.errors import RigError

READER = Path(__file__).with_name("schema_reader.py")
FOLDER = paths.CHECKOUT / "apps/superset/releases/importer_schemas"
SETTINGS = 'SECRET_KEY = "only-to-read-schemas"\nSQLALCHEMY_DATABASE_URI = "sqlite://"\n'


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m rig.record.importer_schemas", description="Read the importer schemas of an installed Superset."
    )
    parser.add_argument("--release", default=paths.SUPERSET_VERSION, help="an installed release (%(default)s)")
    parser.add_argument("--check", action="store_true", help="print the differences instead of writing")
    options = parser.parse_args(arguments)
    try:
        text = as_text(read(options.release))
    except RigError as error:
        print(error, file=sys.stderr)
        return 1
    return check(options.release, text) if options.check else write(options.release, text)


def check(release: str, text: str) -> int:
    path = file_of(release)
    kept = path.read_text() if path.exists() else ""
    print(*difflib.unified_diff(kept.splitlines(), text.splitlines(), path.name, release, lineterm=""), sep="\n")
    return int(kept != text)


def write(release: str, text: str) -> int:
    file_of(release).write_text(text)
    print(f"{file_of(release)} written")
    return 0


def file_of(release: str) -> Path:
    """One file for each release line: `v6_1.json`."""
    major, minor, *_ = release.split(".")
    return FOLDER / f"v{major}_{minor}.json"


def as_text(schemas: dict[str, Any]) -> str:
    return f"{json.dumps(schemas, indent=1, sort_keys=True)}\n"


def read(release: str) -> dict[str, Any]:
    found: dict[str, Any] = _run(release, "read")
    if found["release"] != release:
        raise RigError(f"The environment for {release} contains Superset {found['release']}")
    return found


def judge(release: str, documents: Sequence[tuple[str, Any]]) -> list[Any]:
    """Verdicts of the schema and of the renumbering code of Superset for each document: None if accepted, messages by
    field, or the exception that aborts the import."""
    found: list[Any] = _run(release, "judge", json.dumps(documents))
    return found


def _run(release: str, word: str, given: str = "") -> Any:
    python = paths.home() / f"superset-{release}" / "bin/python"
    if not python.exists():
        raise RigError(f"Superset {release} is not installed in {python.parents[1]}: `make demo` installs it")
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "superset_config.py"
        settings.write_text(SETTINGS)
        own = {"SUPERSET_HOME": folder, "SUPERSET_CONFIG_PATH": str(settings)}
        answer = subprocess.run(
            [str(python), str(READER), word],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env={**paths.environment(), **own},
        )
    if answer.returncode:
        raise RigError(f"The schemas could not be read:\n{answer.stderr.strip()[-1000:]}")
    return json.loads(answer.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    raise SystemExit(main())
