# [DEF:superset.releases.supported:Module]
# @COMPLEXITY: 2
# @PURPOSE: The supported releases, and how to find the release of a server.

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

from apps.contracts.plain_text import name
from apps.superset.errors import NotConfigured
from apps.superset.messages.message import Message
from apps.superset.releases import v4_1, v5_0, v6_0, v6_1
from apps.superset.releases.base import Release

SUPPORTED = {release.line: release for release in (v4_1.RELEASE, v5_0.RELEASE, v6_0.RELEASE, v6_1.RELEASE)}

LATEST = v6_1.RELEASE
"""The newest one known; a newer release is treated like it."""


def release_of(version: str, *, environment: str = "") -> Release:
    """The profile for a version string such as `6.1.0`; NotConfigured if there is none.

    A release newer than all of these gets the profile of the latest, marked as not known: its access has to be probed.
    """
    version = name(version)[:LONGEST_VERSION]
    match = re.match(r"(\d+)\.(\d+)", version)
    line = match.group() if match else version
    if line in SUPPORTED:
        return replace(SUPPORTED[line], version=version)
    if match and _order(line) > _order(LATEST.line):
        return replace(LATEST, version=version, is_known=False, access=None)
    key = "error.release_unsupported" if version else "error.release_unknown"
    message = Message(key, version=version, supported=", ".join(SUPPORTED))
    raise NotConfigured(message, environment=environment, next_step=Message("next.supported_release"))


def _order(line: str) -> tuple[int, ...]:
    return tuple(int(part) for part in line.split("."))


LONGEST_VERSION = 40

VERSION_PATH = "/version"
"""JSON, anonymous; 6.1 only."""

LOGIN_PAGE_PATH = "/login/"
"""HTML, anonymous; carries the version on 4.1 to 6.1 (seen on running servers)."""


def version_in_json(answer: Any) -> str:
    """The version in the response of VERSION_PATH, empty if there is none."""
    version = answer.get("version_string") if isinstance(answer, dict) else None
    return version if isinstance(version, str) else ""


def version_in_page(page: str) -> str:
    """The version in the HTML of LOGIN_PAGE_PATH, which contains it in JSON with escaped quotes; empty if there is
    none."""
    match = re.search(r'"version_string"\s*:\s*"([^"]+)"', html.unescape(page))
    return match.group(1) if match else ""
