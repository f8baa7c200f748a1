"""Opens the application in a browser, where a person sits in front of one."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Mapping

REMOTE = ("CI", "SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")
OFF = ("0", "no", "off", "false")


def has_person(environment: Mapping[str, str], *, terminal: bool, platform: str = sys.platform) -> bool:
    """Whether there are a terminal and a display, and nobody said DEMO_OPEN=0."""
    if not terminal or environment.get("DEMO_OPEN", "").lower() in OFF or any(environment.get(each) for each in REMOTE):
        return False
    return platform == "darwin" or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def open_page(url: str) -> None:
    """Open it, if a person can see it. Whether that worked does not matter: the address is printed, too."""
    if has_person(os.environ, terminal=sys.stdin.isatty() and sys.stdout.isatty()):
        webbrowser.open(url)
