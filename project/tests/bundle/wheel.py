"""A made-up next version: Lockstep's wheel with another number and more schema migrations."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

CREATES = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("freezes", "0001_initial")]
    operations = [migrations.RunSQL("CREATE TABLE next_version (id integer)", "DROP TABLE next_version")]
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
    record = f"{facts}/RECORD"
    rows = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items() if name != record]
    files[record] = ("\n".join([*rows, f"{record},,"]) + "\n").encode()
    made = into / wheel.name.replace(f"-{old}-", f"-{version}-", 1)
    with zipfile.ZipFile(made, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return made


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
