"""Compiles the catalogues of translations, `locale/*/LC_MESSAGES/django.po`, without GNU gettext.

    python -m rig.catalogues            write each .mo beside its .po
    python -m rig.catalogues --check    exit with 1 if one of them is not what its .po says

The compiled ones are kept in the repository, so that a checkout and the wheel speak all languages without a build step;
a test finds one that is out of date. A text that is marked as fuzzy or has no translation is left out, and so shown in
English.
"""

from __future__ import annotations

import ast
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

LOCALE = Path(__file__).parent.parent / "locale"
MAGIC, HEADER = 0x950412DE, 28
CONTEXT, PLURAL = "\x04", "\0"


class Malformed(Exception):
    """A line of a catalogue that cannot be read."""


def entries(source: str) -> Iterator[dict[str, str]]:
    """Of each entry the texts by their keywords, and `fuzzy` if it is marked so."""
    entry: dict[str, str] = {}
    keyword = ""
    for number, line in enumerate([*source.splitlines(), ""], 1):
        text = line.strip()
        if not text:
            if entry:
                yield entry
            entry, keyword = {}, ""
        elif text.startswith("#,") and "fuzzy" in text:
            entry["fuzzy"] = "yes"
        elif not text.startswith("#"):
            if not text.startswith('"'):
                keyword, _, text = text.partition(" ")
                entry[keyword] = ""
            try:
                entry[keyword] += ast.literal_eval(text.strip())
            except (KeyError, SyntaxError, ValueError, TypeError):
                raise Malformed(f"line {number}: {line}") from None


def translations(source: str) -> dict[str, str]:
    """What a compiled catalogue has: the original with its context and plural, and its translations."""
    found = {}
    for entry in entries(source):
        if "msgid" not in entry or ("fuzzy" in entry and entry["msgid"]):
            continue
        forms = [entry[name] for name in sorted(entry) if name.startswith("msgstr")]
        if not all(forms):
            continue
        context = entry["msgctxt"] + CONTEXT if "msgctxt" in entry else ""
        plural = PLURAL + entry["msgid_plural"] if "msgid_plural" in entry else ""
        found[f"{context}{entry['msgid']}{plural}"] = PLURAL.join(forms)
    return found


def compiled(source: str) -> bytes:
    """As msgfmt does: the sorted originals, then the translations, each found by length and offset."""
    pairs = sorted((original.encode(), text.encode()) for original, text in translations(source).items())
    count, start = len(pairs), HEADER + 16 * len(pairs)
    tables, strings = b"", b""
    for text in [original for original, _ in pairs] + [translation for _, translation in pairs]:
        tables += struct.pack("<2I", len(text), start + len(strings))
        strings += text + b"\0"
    return struct.pack("<7I", MAGIC, 0, count, HEADER, HEADER + 8 * count, 0, 0) + tables + strings


def outdated() -> Iterator[Path]:
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        made = path.with_suffix(".mo")
        if not made.exists() or made.read_bytes() != compiled(path.read_text(encoding="utf-8")):
            yield path


def main(arguments: list[str]) -> int:
    found = list(outdated())
    for path in found:
        print(path.relative_to(LOCALE.parent))
        if "--check" not in arguments:
            path.with_suffix(".mo").write_bytes(compiled(path.read_text(encoding="utf-8")))
    return 1 if found and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
