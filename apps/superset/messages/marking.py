# [DEF:superset.messages.marking:Module]
# @COMPLEXITY: 2
# @PURPOSE: Marks texts for translation, and defines the type of a translation function.

from __future__ import annotations

from collections.abc import Callable

Translate = Callable[[str], str]
"""Translates an English template, as Django's `gettext` does."""


def unchanged(template: str) -> str:
    """English."""
    return template


def gettext_noop(text: str) -> str:
    """The text itself. Django's makemessages finds it by the name of this function."""
    return text
