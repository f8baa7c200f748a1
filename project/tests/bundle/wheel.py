"""A made-up next version: Lockstep's wheel with another number and more schema migrations."""

from __future__ import annotations

import zipfile
from pathlib import Path

from project.tests.bundle.stub import write_wheel

CREATES = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("freezes", "0001_initial")]
    operations = [migrations.RunSQL("CREATE TABLE freezes_next (id integer)", "DROP TABLE freezes_next")]
"""
FAILS = """\
from django.db import migrations


def fail(apps, editor):
    raise RuntimeError("this schema migration fails")


class Migration(migrations.Migration):
    dependencies = [("freezes", "0002_next")]
    operations = [migrations.RunPython(fail)]
"""


def next_version(wheel: Path, version: str, into: Path, *, fails: bool = False) -> Path:
    """A copy of the wheel as this version, with a schema migration that creates a table, and one that fails."""
    old = wheel.name.split("-")[1]
    files = {}
    with zipfile.ZipFile(wheel) as source:
        for name in source.namelist():
            files[name.replace(f"lockstep-{old}.dist-info", f"lockstep-{version}.dist-info")] = source.read(name)
    facts = f"lockstep-{version}.dist-info"
    files[f"{facts}/METADATA"] = files[f"{facts}/METADATA"].replace(
        b"\nVersion: " + old.encode(), b"\nVersion: " + version.encode(), 1
    )
    files["apps/freezes/migrations/0002_next.py"] = CREATES.encode()
    if fails:
        files["apps/freezes/migrations/0003_fails.py"] = FAILS.encode()
    return write_wheel(into / wheel.name.replace(f"-{old}-", f"-{version}-", 1), files)
