# [DEF:superset.messages.message:Module]
# @COMPLEXITY: 2
# @PURPOSE: A sentence of the engine as a key and facts, worded only when it is shown.
"""The English templates are marked so that Django's makemessages finds them. A surface in another language passes its
`gettext` to `Message.worded`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from string import Formatter
from typing import Any, Self

from apps.contracts.plain_text import one_line
from apps.superset.messages import documents, errors, lines, mappings, notes, refusals, stages
from apps.superset.messages.marking import Translate, gettext_noop, unchanged

TEMPLATES: Mapping[str, str] = {
    **refusals.TEMPLATES,
    **notes.TEMPLATES,
    **errors.TEMPLATES,
    **stages.TEMPLATES,
    **documents.TEMPLATES,
    **mappings.TEMPLATES,
    **lines.TEMPLATES,
    "verbatim": "{text}",
    "more": gettext_noop("{names} and {more} more"),
}


class Message:
    """One sentence, or a part of one. A fact can be a message or a tuple of messages, which are joined by semicolons.
    Two messages with the same English text are equal."""

    __slots__ = ("facts", "key")

    def __init__(self, key: str, /, **facts: Any) -> None:
        self.key, self.facts = key, facts

    def worded(self, translate: Translate = unchanged) -> str:
        facts = {name: _worded(fact, translate) for name, fact in self.facts.items()}
        return translate(TEMPLATES[self.key]).format(**facts)

    def line(self) -> Line:
        """For a log: the English text, which also knows how to be worded in another language."""
        return Line(self)

    def stored(self) -> dict[str, Any]:
        """The template with the facts, as JSON."""
        return {"id": TEMPLATES[self.key], "facts": {name: _stored(fact) for name, fact in self.facts.items()}}

    def clause(self) -> Message:
        """The same for a place inside a sentence: on one line whatever the facts hold, and without a full stop."""
        facts = {name: _clause(fact) for name, fact in self.facts.items()}
        for name in [name for name in facts if TEMPLATES[self.key].endswith(f"{{{name}}}")]:
            facts[name] = facts[name].rstrip(".") if isinstance(facts[name], str) else facts[name]
        return Message(self.key, **facts)

    def __str__(self) -> str:
        return self.worded()

    def __repr__(self) -> str:
        return f"Message({self.key!r}, {str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


class Line(str):
    """The English text of a message. `stored` is its template with the facts."""

    __slots__ = ("stored",)
    stored: Mapping[str, Any]

    def __new__(cls, message: Message) -> Self:
        line = super().__new__(cls, message)
        line.stored = message.stored()
        return line


def _stored(fact: Any) -> Any:
    if isinstance(fact, Message):
        return fact.stored()
    if isinstance(fact, tuple):
        return [_stored(each) for each in fact]
    return fact if isinstance(fact, int | float) else str(fact)


def _worded(fact: Any, translate: Translate) -> Any:
    if isinstance(fact, Message):
        return fact.worded(translate)
    return "; ".join(each.worded(translate) for each in fact) if isinstance(fact, tuple) else fact


def _clause(fact: Any) -> Any:
    if isinstance(fact, Message):
        return fact.clause()
    if isinstance(fact, tuple):
        return tuple(map(_clause, fact))
    return one_line(fact) if isinstance(fact, str) else fact


def verbatim(text: object) -> Message:
    """A text from elsewhere, a stored text, or an object that is worded when it is shown."""
    return Message("verbatim", text=text)


def some(names: Iterable[str], most: int) -> Message:
    """The first of these, and the number of others."""
    names = list(names)
    shown = ", ".join(names[:most])
    return Message("more", names=shown, more=len(names) - most) if len(names) > most else verbatim(shown)


def message_of(key: str, text: str) -> Message:
    """The message of this key whose English text was stored; where that is another text, it stays as it is."""
    match = _pattern(TEMPLATES[key]).fullmatch(text) if key in TEMPLATES else None
    found = Message(key, **match.groupdict()) if match else verbatim(text)
    return found if str(found) == text else verbatim(text)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Of the texts of a template; a number with a format is left to those that know its value."""
    parts, named = [], set[str]()
    for literal, fact, form, _ in Formatter().parse(template):
        parts.append(re.escape(literal))
        if form:
            return re.compile(r"(?!)")
        if fact:
            parts.append(f"(?P={fact})" if fact in named else f"(?P<{fact}>.*?)")
            named.add(fact)
    return re.compile("".join(parts), re.DOTALL)
