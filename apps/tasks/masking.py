"""What a task tells, made fit to be stored: plain JSON without the secrets of any environment or plugin."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from apps.audit.services import HIDDEN, without_secrets
from apps.core.errors import Damaged
from apps.environments.models import Environment
from apps.plugins.services import known_secrets

LONGEST = 10_000
"""Characters of one text; the rest is cut."""

SHORTEST_SECRET = 4
"""Hiding a shorter one everywhere would eat words, not protect it."""

PATTERNS = (
    (re.compile(r"(://[^\s/:@]+):[^\s/@]+@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"\b(Bearer|Basic) [\w.~+/=-]+"), rf"\1 {HIDDEN}"),
)


class Mask:
    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: a short one may be a part of it
        self._secrets = sorted((each for each in secrets if len(each) >= SHORTEST_SECRET), key=len, reverse=True)

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for pattern, masked in PATTERNS:
            text = pattern.sub(masked, text)
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


def mask_of_all_environments() -> Mask:
    """Hides what any environment signs in with, for a task may talk to two of them, and what is set for plugins."""
    return Mask(_secrets())


def _secrets() -> Iterable[str]:
    yield from known_secrets()
    for environment in Environment.objects.only("secret"):
        try:
            yield environment.secret.reveal()
        except Damaged:  # then nobody has it to tell
            continue
