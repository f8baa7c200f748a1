"""The pairs of releases that the matrix consists of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from rig.servers.releases import RELEASES, line_of, release_named


@dataclass(frozen=True)
class ReleasePair:
    source: str
    target: str

    @property
    def name(self) -> str:
        """`4.1-6.1`"""
        return f"{line_of(self.source)}-{line_of(self.target)}"


ALL = tuple(ReleasePair(source, target) for source, target in product(RELEASES, RELEASES))


def chosen(text: str) -> tuple[ReleasePair, ...]:
    """The pairs in a text such as `4.1-6.1 6.1-4.1`, all if it is empty; RigError for any other."""
    return tuple(_pair(word) for word in text.split()) or ALL


def _pair(word: str) -> ReleasePair:
    source, _, target = word.partition("-")
    return ReleasePair(*(release_named(name, by=f"One side of PAIRS={word}") for name in (source, target)))
