# [DEF:tasks.worker.masking:Module]
# @COMPLEXITY: 3
# @PURPOSE: The output of a task, made fit to be stored: plain JSON without any secret that is known here.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION CALLS -> contracts.belief
# @RELATION DEPENDS_ON -> contracts.plain_text
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from apps.contracts.belief import HIDDEN, without_secret_texts, without_secrets
from apps.contracts.plain_text import plain
from apps.core.errors import Damaged
from apps.core.fields import encrypted_values
from apps.environments.models import Environment
from apps.users.models import User

LONGEST = 10_000
"""Characters of one text; the rest is cut."""

SHORTEST_SECRET = 4
"""Hiding a shorter one everywhere would eat words: it is hidden where something says that it is a secret."""

SHORTEST_NUMBER = 7
"""Digits; fewer are an amount, a port or a date as well."""


LABELLED = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|key|credentials?)(?:\W{1,6}(?:is|was|with)\W{1,3}|\W{1,6})$",
    re.IGNORECASE,
)
"""What stands before a secret in a sentence: `the password “general” was refused`, `password: general`."""

NEAR = 32
"""Characters before a word that may say that it is a secret."""

_WORDS = """
    about account action active admin administrator after alert alpha also analyst analytics answer apache apply
    approve approved asset assets audit author backup before build cancelled catalogue change changed changes
    chart charts check company connection content create created customer dashboard dashboards data database
    databases dataset datasets date default delete demo deploy dev development done email employee environment
    error example examples export exporting failed file files filter finance first gamma general group guest
    hello home host import information internal known last left letmein line lines list local lockstep login
    main manager marketing master metric metrics migration mode monitor move name network nothing number office
    open operator order orders other owner pass password people person plan planned plugin port postgres prod
    product production project public query read reader reading refused release remove removed report reports
    request requests retail role root rows sales schedule schema secret server service settings shop sign source
    stage staging started state status stop stopped store summer superset support sync system table target task
    team test tester testing text there time title token tree update updated user username users value verified
    verify version viewer warehouse warning welcome winter with work worker world write written
"""
ORDINARY = frozenset(_WORDS.split())
"""Words that Lockstep and Superset say themselves. A password that is one of them reveals nothing where it stands
as a word, and hiding it would eat the word wherever it is said."""


class Mask:
    """Hides secrets where they stand. A secret is hidden wherever its letters occur, unless it is very short, an
    ordinary word, a few digits, or what a person or an environment is called (`names`): that is hidden only where
    something says that it is a secret (a field's name, a header, an address, the word before it)."""

    def __init__(self, secrets: Iterable[str], names: Iterable[str] = ()) -> None:
        known = {each for each in secrets if each}
        written = {each for each in names if each}
        weak = {each for each in known if each in written or _is_ordinary(each)}
        strong = {form for each in known - weak for form in _forms(each)}
        self._weak = _any_of(weak, r"(?<!\w){}(?!\w)")
        # Names first: a secret that is a part of one does not spoil it where it stands as a name
        spared = {each for each in written if any(secret in each for secret in strong)}
        self._strong = _any_of(strong, "{}")
        self._spared = _any_of(spared, r"(?<!\w){}(?!\w)")

    def text(self, text: str) -> str:
        text = without_secret_texts(text)
        if self._weak:
            text = self._weak.sub(_hidden_if_labelled, text)
        text = self._without_strong(text)
        # What no database takes: NUL, and half of a surrogate pair
        text = text.replace("\0", "").encode("utf-8", "replace").decode()
        text = plain(text)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST} characters more)"

    def _without_strong(self, text: str) -> str:
        if self._strong is None:
            return text
        if self._spared is None:
            return self._strong.sub(HIDDEN, text)
        parts, done = [], 0
        for name in self._spared.finditer(text):
            parts += [self._strong.sub(HIDDEN, text[done : name.start()]), name[0]]
            done = name.end()
        return "".join([*parts, self._strong.sub(HIDDEN, text[done:])])

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


def _any_of(texts: Iterable[str], form: str) -> re.Pattern[str] | None:
    """The longest first: a short one may be a part of it."""
    ordered = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(form.format(re.escape(each)) for each in ordered)) if ordered else None


def _forms(secret: str) -> set[str]:
    """As it is, and as an address, a form, JSON or HTML writes it."""
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], html.escape(secret)}


def _is_ordinary(secret: str) -> bool:
    short = len(secret) < (SHORTEST_NUMBER if secret.isdecimal() else SHORTEST_SECRET)
    return short or secret.casefold() in ORDINARY


def _hidden_if_labelled(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - NEAR) : match.start()]
    return HIDDEN if LABELLED.search(before) else match[0]


def known_names() -> Iterator[str]:
    """What people and environments are called, and the accounts that environments are signed in to with."""
    yield from User.objects.values_list("username", flat=True)
    for names in Environment.objects.values_list("name", "slug", "username"):
        yield from names


def known_secrets() -> Iterator[str]:
    """All that is stored encrypted, of whatever model: what environments are signed in to with, settings of plugins,
    answers. Where several are stored as one JSON object, each of them."""
    for row, name in encrypted_values():
        try:
            yield from _texts_of(getattr(row, name).reveal())
        except Damaged:  # then nobody can reveal it
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
