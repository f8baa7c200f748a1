# [DEF:core.sentences:Module]
# @COMPLEXITY: 2
# @PURPOSE: Sentences that are stored in English, with what it takes to show them in another language.
"""The database holds English. A line of a task is read by people of several languages, so it is stored twice: as the
English text, and as the template with its facts, which is translated for whoever reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from django.conf import settings
from django.utils.translation import get_language, gettext, override

Stored = Mapping[str, Any]
"""`{id: the English template, facts: {name: a value, such a mapping again, or a list of them}}`."""


class Sentence(str):
    """The English text. `stored` is the same as a template with facts."""

    __slots__ = ("stored",)
    stored: Stored

    def __new__(cls, template: object, **facts: Any) -> Self:
        """The template is marked by `gettext_lazy`; the facts become text, numbers and sentences aside. A list of
        sentences is one text, with semicolons."""
        with override(settings.LANGUAGE_CODE if settings.LANGUAGE_CODE.startswith("en") else "en"):
            english = str(template)
            plain = {name: _plain(fact) for name, fact in facts.items()}
        sentence = super().__new__(cls, english.format(**plain))
        sentence.stored = {"id": english, "facts": {name: _kept(fact, plain[name]) for name, fact in facts.items()}}
        return sentence


def _plain(fact: Any) -> Any:
    if isinstance(fact, int | float):
        return fact
    return "; ".join(map(str, fact)) if isinstance(fact, list) else str(fact)


def _kept(fact: Any, plain: Any) -> Any:
    if isinstance(fact, list):
        return [stored_form(each) or str(each) for each in fact]
    return stored_form(fact) or plain


def kept(text: str, stored: Stored | None) -> str:
    """The text again as a `Sentence`, if it had a form of its own."""
    if stored is None:
        return text
    sentence = str.__new__(Sentence, text)
    sentence.stored = stored
    return sentence


def stored_form(text: str) -> Stored | None:
    """Of a `Sentence`, or of a message of the engine, which has one as well; None of a plain text."""
    return getattr(text, "stored", None)


def shown(text: str, stored: Stored | None) -> str:
    """In the language at work; the English text, where that has no other."""
    if stored is None or (get_language() or "en").startswith("en"):
        return text
    try:
        return _worded(stored, gettext)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError):  # the translation names other facts
        return text


def _worded(stored: Any, translate: Callable[[str], str]) -> Any:
    if isinstance(stored, list | tuple):
        return "; ".join(str(_worded(each, translate)) for each in stored)
    if not isinstance(stored, Mapping):
        return stored
    facts = {name: _worded(fact, translate) for name, fact in stored["facts"].items()}
    return translate(stored["id"]).format(**facts)
