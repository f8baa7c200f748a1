"""The minimal configuration of a server. CSRF, Talisman and rate limits stay at the defaults of Superset."""

from __future__ import annotations

import secrets
from pathlib import Path

ADMIN = "admin"
ADMIN_PASSWORD = "admin"

TEXT = """\
SECRET_KEY = {key!r}
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db?check_same_thread=false"
SQLALCHEMY_EXAMPLES_URI = "sqlite:///{folder}/examples.db"
PREVENT_UNSAFE_DB_CONNECTIONS = False  # the example tables are in SQLite
SESSION_COOKIE_NAME = {cookie!r}  # cookies ignore ports: two servers on one host would share theirs
"""


def write_configuration(folder: Path, *, name: str) -> Path:
    """Write the configuration of a folder with its own secret key, unless it exists."""
    path = folder / "superset_config.py"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(TEXT.format(key=secrets.token_urlsafe(42), folder=folder, cookie=f"session_{name}"))
    return path
