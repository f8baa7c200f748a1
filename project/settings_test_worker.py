"""For a worker that a test starts: the test's own database and data directory."""

from __future__ import annotations

import os
from pathlib import Path

from project.settings_test import *  # noqa: F403

DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]  # noqa: F405
DATA_DIR = Path(os.environ["TEST_DATA_DIR"])
