"""A language of a few texts, compiled as msgfmt does."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def speak(settings: Any, folder: Path, texts: Mapping[str, str]) -> None:
    """Russian, as far as these texts go."""
    catalogue = folder / "ru" / "LC_MESSAGES" / "django.mo"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(compiled(texts))
    settings.LOCALE_PATHS = [folder]
    settings.LANGUAGE_CODE = "ru"


def compiled(texts: Mapping[str, str]) -> bytes:
    """The sorted originals, then the translations, each found by length and offset."""
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **texts}.items())
    count, start = len(pairs), 28 + 16 * len(pairs)
    tables, strings = b"", b""
    for text in [original for original, _ in pairs] + [translation for _, translation in pairs]:
        encoded = text.encode()
        tables += struct.pack("<2I", len(encoded), start + len(strings))
        strings += encoded + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0) + tables + strings
