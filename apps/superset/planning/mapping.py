# [DEF:superset.planning.mapping:Module]
# @COMPLEXITY: 2
# @PURPOSE: Maps databases of the source to databases of the target.
"""A mapping is by UUID and contains only what a person confirmed or passed; suggestions have to be confirmed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from rapidfuzz import fuzz

from apps.superset.assets import Asset, Kind
from apps.superset.messages.message import Message

DatabaseMapping = Mapping[str, str]
"""Source UUID → target UUID."""

# fmt: off
ENVIRONMENT_WORDS = frozenset({
    "dev", "devel", "develop", "development", "local", "sandbox", "sbx", "test", "testing", "tst", "qa", "uat",
    "sit", "int", "integration", "stage", "staging", "stg", "preprod", "preproduction", "preprd", "pre", "prod",
    "production", "prd", "live", "env", "environment", "дев", "разработка", "тест", "тестовый", "тестовая",
    "стейдж", "предпрод", "препрод", "прод", "продуктив", "продуктивный", "продуктивная", "пром",
})
# fmt: on
"""Words that distinguish environments, not databases."""

GLUED_WORDS = tuple(sorted((word for word in ENVIRONMENT_WORDS if len(word) > 2), key=len, reverse=True))
WORD = re.compile(r"[A-ZА-ЯЁ]+(?![a-zа-яё])|[A-ZА-ЯЁ]?[a-zа-яё]+|\d+|[^\W\d_]+")
ENGINES = {"postgres": "postgresql"}

ENOUGH = 70
"""Below this score nothing is suggested."""

SAME_BUT_FOR_ENVIRONMENT = 95

OTHER_NUMBER = 15
"""Penalty for a different number: `dwh_1` and `dwh_2` are spelled alike but are two databases."""

CLOSE = 3
"""Candidates whose scores differ by no more than this count as equally good."""


@dataclass(frozen=True, slots=True)
class DatabaseEntry:
    """One connection: its UUID, its name, and its engine as the list of databases gives it (`postgresql`)."""

    uuid: str
    name: str
    backend: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A database of the target that could be the counterpart of the source's, with its similarity (0 to 100)."""

    target: DatabaseEntry
    score: int
    reason: Message


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to map a database to. `target` is None if nothing is similar or several are equally similar.

    `candidates` are the databases of the same engine, best first; the reason is a clause.
    """

    source: DatabaseEntry
    target: DatabaseEntry | None
    score: int
    reason: Message
    candidates: tuple[Candidate, ...] = ()


def suggest(sources: Sequence[DatabaseEntry], targets: Sequence[DatabaseEntry]) -> list[Suggestion]:
    """One suggestion per source, in the same order."""
    return [_suggest(source, targets) for source in sources]


def apply_mapping(asset: Asset, mapping: DatabaseMapping) -> Asset:
    """A dataset with the target's database; other assets, and datasets of an unmapped database, unchanged."""
    uuid = str(asset.document.get("database_uuid") or "").lower()
    if asset.kind is not Kind.DATASET or uuid not in mapping:
        return asset
    return asset.with_document({**asset.document, "database_uuid": mapping[uuid]})


def likeness(one: str, other: str) -> int:
    """Similarity of two names, 0 to 100, ignoring environment words and word order; 100 only if equal."""
    if one.casefold() == other.casefold():
        return 100
    apart, glued = (_score(cut(one), cut(other)) for cut in (_core, _unglued_core))
    numbered = 0 if _numbers(one) == _numbers(other) else OTHER_NUMBER
    return max(0, min(SAME_BUT_FOR_ENVIRONMENT, max(apart, glued - CLOSE - 1)) - numbered)


def _suggest(source: DatabaseEntry, targets: Sequence[DatabaseEntry]) -> Suggestion:
    if same := next((each for each in targets if each.uuid == source.uuid), None):
        candidate = Candidate(same, 100, Message("mapping.same_uuid"))
        return Suggestion(source, same, 100, Message("mapping.same_database"), (candidate,))
    candidates = _candidates(source, targets)
    if not candidates:
        return Suggestion(source, None, 0, Message("mapping.none_of_engine", engine=source.backend))
    best = candidates[0]
    rivals = [each for each in candidates if best.score - each.score <= CLOSE]
    if best.score < ENOUGH:
        names = ", ".join(f"“{each.target.name}”" for each in candidates[:3])
        reason = Message("mapping.none_alike", engine=source.backend, names=names)
        return Suggestion(source, None, best.score, reason, candidates)
    if len(rivals) > 1:
        reason = Message("mapping.equally_likely", names=_all_of(rivals))
        return Suggestion(source, None, best.score, reason, candidates)
    return Suggestion(source, best.target, best.score, best.reason, candidates)


def _candidates(source: DatabaseEntry, targets: Sequence[DatabaseEntry]) -> tuple[Candidate, ...]:
    alike = [
        Candidate(target, score := likeness(source.name, target.name), _reason(source, target, score))
        for target in targets
        if _engine(source.backend) == _engine(target.backend)
    ]
    return tuple(sorted(alike, key=lambda each: (-each.score, each.target.name, each.target.uuid)))


def _all_of(candidates: Iterable[Candidate]) -> Message:
    """Joined by “and”, from left to right."""
    names = [Message("mapping.name", name=each.target.name) for each in candidates]
    return reduce(lambda first, last: Message("mapping.and", names=first, last=last), names)


def _reason(source: DatabaseEntry, target: DatabaseEntry, score: int) -> Message:
    if source.name.casefold() == target.name.casefold():
        return Message("mapping.same_name", engine=source.backend)
    if not _core(source.name) and not _core(target.name):
        return Message("mapping.only_environments", engine=source.backend)
    if score == SAME_BUT_FOR_ENVIRONMENT:
        return Message("mapping.but_for_environment", engine=source.backend)
    return Message("mapping.alike", score=score, engine=source.backend)


def _engine(backend: str) -> str:
    """`postgresql` for `postgres` and `postgresql+psycopg2`."""
    base = backend.casefold().partition("+")[0]
    return ENGINES.get(base, base)


def _score(one: Iterable[str], other: Iterable[str]) -> int:
    """Token sort ratio; names that consist only of environment words cannot be compared."""
    first, second = " ".join(one), " ".join(other)
    if not first and not second:
        return ENOUGH
    return round(fuzz.token_sort_ratio(first, second))


def _words(name: str) -> list[str]:
    return [word.casefold().replace("ё", "е") for word in WORD.findall(name)]


def _numbers(name: str) -> list[str]:
    return sorted(word for word in _words(name) if word.isdecimal())


def _core(name: str) -> list[str]:
    return [word for word in _words(name) if word not in ENVIRONMENT_WORDS]


def _unglued_core(name: str) -> list[str]:
    """As `_core`, but also removes attached environment words (`dwhprod`), if enough is left."""
    return [_unglued(word) for word in _core(name)]


def _unglued(word: str) -> str:
    for affix in GLUED_WORDS:
        for rest in (word.removesuffix(affix), word.removeprefix(affix)):
            if rest != word and len(rest) >= 3:
                return rest
    return word
