"""The people of the demo: who plans and applies, and who approves. Their first passwords are in its data directory."""

from __future__ import annotations

import secrets
from pathlib import Path

from rig.servers.configuration import ADMIN

ADMINISTRATOR = ADMIN
APPROVER = "approver"
PEOPLE = (ADMINISTRATOR, APPROVER)


def password_file(data: Path, name: str) -> Path:
    return data / f"demo-{name}"


def new_password(data: Path, name: str) -> Path:
    """A file with a new password, for `--password-file`."""
    path = password_file(data, name)
    path.touch(mode=0o600)
    path.write_text(secrets.token_urlsafe(16))
    return path


def password_of(data: Path, name: str) -> str:
    """The first password; empty if its file is gone."""
    try:
        return password_file(data, name).read_text()
    except OSError:
        return ""
