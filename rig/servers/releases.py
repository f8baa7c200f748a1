"""The releases of Superset that the rig installs, each in its own environment, and how a person names one."""

from __future__ import annotations

from rig import paths
from rig.errors import RigError

RELEASES = ("4.1.4", "5.0.0", "6.0.0", paths.SUPERSET_VERSION)
NEWEST = RELEASES[-1]
"""The only one that ships its examples with their data."""


def line_of(release: str) -> str:
    """`4.1` of `4.1.4`."""
    return release.rpartition(".")[0]


LINES = tuple(map(line_of, RELEASES))


def release_named(name: str, *, by: str) -> str:
    """The release that is meant by `4.1` or `4.1.4`; RigError with the choices, for what `by` says, if none is."""
    for release in RELEASES:
        if name.strip() in (release, line_of(release)):
            return release
    raise RigError(f"{by} is “{name}”: choose {', '.join(LINES[:-1])} or {LINES[-1]}.")
