"""For a worker that a test starts: the test's own database and data directory."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path

from apps.tasks.worker import cancellation
from project.settings_test import *  # noqa: F403

DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]  # noqa: F405
DATA_DIR = Path(os.environ["TEST_DATA_DIR"])
SECRET_KEY = os.environ.get("TEST_SECRET_KEY", SECRET_KEY)  # noqa: F405

# A plugin that does not stop is waited for as long as a test has patience
cancellation.GRACE = 1.0


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


if "FAKETIME_TIMESTAMP_FILE" in os.environ:
    # Python ends a sleep by the monotonic clock, libfaketime takes that for the clock that it shows
    time.sleep = _sleep  # type: ignore[assignment]
