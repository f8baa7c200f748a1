# [DEF:superset.messages.marking:Module]
# @COMPLEXITY: 2
# @PURPOSE: Marks a text for the catalogues of translations, and names what translates it.

from __future__ import annotations

from collections.abc import Callable

Translate = Callable[[str], str]
"""From an English template to the one of a language, such as Django's `gettext`."""


def unchanged(template: str) -> str:
    """English."""
    return template


def gettext_noop(text: str) -> str:
    """The text itself. Django's makemessages finds it by the name of this function."""
    return text
