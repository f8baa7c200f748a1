# [DEF:core.validation:Module]
# @COMPLEXITY: 2
# @PURPOSE: The messages of Django's `ValidationError` in one line.

from __future__ import annotations

from django.core.exceptions import ValidationError


def sentence_of(error: ValidationError) -> str:
    """Its messages, with the names of their fields."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items())
