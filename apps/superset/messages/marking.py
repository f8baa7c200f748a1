# [DEF:superset.messages.marking:Module]
# @COMPLEXITY: 2
# @PURPOSE: Marks a text for the catalogues of translations.

from __future__ import annotations


def gettext_noop(text: str) -> str:
    """The text itself. Django's makemessages finds it by the name of this function."""
    return text
