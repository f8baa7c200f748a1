# [DEF:superset.diff.difference:Module]
# @COMPLEXITY: 2
# @PURPOSE: One difference between two states of an asset: typed, complete, and ready to be stored as JSON.

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from apps.contracts.plain_text import one_line, plain
from apps.superset.content.ignored_keys import canonical_json
from apps.superset.content.normalize import digest
from apps.superset.diff.wording import worded
from apps.superset.messages.marking import Translate, unchanged
from apps.superset.references.reference import shown

VALUE_LIMIT = 20_000
"""Maximum length of JSON, and of a text diff, in a difference; a longer value is stored as start, length and hash."""

START = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, where, and both values. Made by `difference`, which keeps the values plain JSON and bounded.

    `kind` is a slug (`metric_added`), `subject` the name of the thing within the asset (`count`), `path` where it
    stands in the normal form (`metrics.count`). `before` or `after` is None if it does not exist. `text` is a
    unified diff of values that are texts of several lines.
    """

    kind: str
    subject: str
    path: str
    before: Any = None
    after: Any = None
    text: str = ""

    def sentence(self, translate: Translate = unchanged) -> str:
        """One line, values shortened."""
        return one_line(worded(self.kind, self.subject, self.before, self.after, translate))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Difference:
        return cls(**data)


def difference(kind: str, subject: str, path: str, before: Any = None, after: Any = None, text: str = "") -> Difference:
    """A Difference with plain JSON values within VALUE_LIMIT and a text without hidden characters."""
    return Difference(kind, subject, path, bounded(before), bounded(after), plain(_shortened(text)))


def bounded(value: Any) -> Any:
    """The value as JSON; a very long one as start, length and SHA-256, so that different values stay different."""
    text = canonical_json(shown(value))
    if len(text) <= VALUE_LIMIT:
        return json.loads(text)
    return {"sha256": digest(value), "length": len(text), "start": text[:START]}


def text_diff(before: Any, after: Any) -> str:
    """A unified diff of two texts, without file names; empty if neither has more than one line."""
    old, new = (value if isinstance(value, str) else "" for value in (shown(before), shown(after)))
    if "\n" not in old and "\n" not in new:
        return ""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=2, lineterm="")
    return "\n".join(list(lines)[2:])


def _shortened(text: str) -> str:
    if len(text) <= VALUE_LIMIT:
        return text
    lines = text[:VALUE_LIMIT].splitlines()[:-1]
    return "\n".join([*lines, f"… {len(text.splitlines()) - len(lines)} more lines"])
