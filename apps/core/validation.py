# [DEF:core.validation:Module]
# @COMPLEXITY: 2
# @PURPOSE: The messages of Django's `ValidationError` in one line.

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError


def sentence_of(error: ValidationError, name_of: Callable[[str], str] = str) -> str:
    """Its messages, each with its field as the person knows it."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    parts = []
    for field, messages in error.message_dict.items():
        text = " ".join(messages)
        parts.append(text if field == NON_FIELD_ERRORS else f"{name_of(field)}: {text}")
    return " ".join(parts)
