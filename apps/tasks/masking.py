# [DEF:tasks.masking:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a task tells, made fit to be stored: plain JSON without any secret that is known here.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION CALLS -> contracts.belief
"""What a task tells, made fit to be stored: plain JSON without any secret that is known here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from apps.contracts.belief import HIDDEN, without_secret_texts, without_secrets
from apps.core.errors import Damaged
from apps.core.fields import encrypted_values

LONGEST = 10_000
"""Characters of one text; the rest is cut."""

SHORTEST_SECRET = 4
"""Hiding a shorter one everywhere would eat words, not protect it."""


class Mask:
    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: a short one may be a part of it
        self._secrets = sorted((each for each in secrets if len(each) >= SHORTEST_SECRET), key=len, reverse=True)

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = without_secret_texts(text)
        # What no database takes: NUL, and half of a surrogate pair
        text = text.replace("\0", "").encode("utf-8", "replace").decode()
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST} characters more)"

    def json(self, value: Any) -> Any:
        """The value as JSON would read it back; what JSON does not know becomes its text."""
        return self._texts(json.loads(json.dumps(without_secrets(value), default=str), parse_constant=str))

    def _texts(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._texts(each) for each in value]
        if isinstance(value, dict):
            return {self.text(name): self._texts(each) for name, each in value.items()}
        return value


def known_secrets() -> Iterator[str]:
    """All that is stored encrypted, of whatever model: what environments are signed in to with, settings of plugins,
    answers. Where several are stored as one JSON object, each of them."""
    for row, name in encrypted_values():
        try:
            yield from _texts_of(getattr(row, name).reveal())
        except Damaged:  # then nobody has it to tell
            continue


def _texts_of(revealed: str) -> Iterator[str]:
    try:
        parts = json.loads(revealed)
    except ValueError:
        parts = None
    if isinstance(parts, dict):
        yield from (part for part in parts.values() if isinstance(part, str))
    else:
        yield revealed
