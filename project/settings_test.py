"""What is different in tests: fixed keys, quick password hashes, and a data directory that only a fixture makes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ |= {
    # Stays empty: conftest.py gives every test a data directory of its own
    "LOCKSTEP_DATA_DIR": str(Path(tempfile.gettempdir()) / f"lockstep-tests-{os.getuid()}"),
    "LOCKSTEP_SECRET_KEY": "only-for-tests",
    "LOCKSTEP_ENCRYPTION_KEY": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMDE=",
    "LOCKSTEP_AUDIT_KEY": "only-for-tests-only-for-tests-only-for-tests",
}

from project.settings import *  # noqa: F403

# A file, not memory: a task stores its output through a connection of its own. Its number keeps test runs apart
if DATABASES["default"]["ENGINE"] == storage.SQLITE:  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / f"{os.getpid()}.sqlite3"}  # noqa: F405

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

OUTCOME_WAIT = 0
