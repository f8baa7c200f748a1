# [DEF:core.validation:Module]
# @COMPLEXITY: 2
# @PURPOSE: The messages of Django's `ValidationError`: in one line, and by the names of fields inside another one.

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

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


def errors_inside(outer: str, error: ValidationError) -> dict[str, Any]:
    """Its messages by field, for whom all of these fields are inside `outer`: `params.size`."""
    if not hasattr(error, "error_dict"):
        return {outer: error.messages}
    errors = error.message_dict.items()
    return {outer if name == NON_FIELD_ERRORS else f"{outer}.{name}": messages for name, messages in errors}


@contextmanager
def fields_inside(outer: str) -> Iterator[None]:
    """A `ValidationError` from here names fields as they are called in what was sent."""
    try:
        yield
    except ValidationError as error:
        raise ValidationError(errors_inside(outer, error)) from None
