# [DEF:plugins.registry:Module]
# @COMPLEXITY: 3
# @PURPOSE: The plugins that are installed, found once by their entry points. One that is broken is kept with its
#   reason.
# @RELATION DEPENDS_ON -> plugins.base
"""The plugins that are installed, found once by their entry points. One that is broken is kept with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from apps.plugins.base import API_VERSION, Action, Plugin
from apps.plugins.params import refuse_unknown_types

GROUP = "lockstep.plugins"
SHIPPED_BY = "lockstep"
SLUG = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Broken:
    """A plugin that was found and cannot be used; its slug is the name of its entry point."""

    slug: str
    reason: str


@dataclass(frozen=True, slots=True)
class Registry:
    plugins: dict[str, Plugin]
    broken: tuple[Broken, ...]
    shipped: frozenset[str]

    def action(self, plugin: str, action: str) -> Action | None:
        found = self.plugins.get(plugin)
        return found.action(action) if found else None


@cache
def registry() -> Registry:
    """What is installed with this Python: read at the first call, the same ever after."""
    return read(entry_points(group=GROUP))


def read(entries: Iterable[EntryPoint]) -> Registry:
    plugins: dict[str, Plugin] = {}
    broken: list[Broken] = []
    shipped: set[str] = set()
    for entry in sorted(entries, key=lambda entry: (not _is_shipped(entry), entry.name)):
        try:
            if entry.name in plugins:
                raise TypeError(f"Another plugin is called “{entry.name}” already.")
            plugins[entry.name] = _checked(entry.name, entry.load())
        except Exception as error:  # noqa: BLE001 - whatever a foreign module raises must not stop the site
            broken.append(Broken(entry.name, f"{type(error).__name__}: {error}"))
        if _is_shipped(entry):
            shipped.add(entry.name)
    return Registry(plugins, tuple(broken), frozenset(shipped))


def _is_shipped(entry: EntryPoint) -> bool:
    return entry.dist is not None and entry.dist.name == SHIPPED_BY


def _checked(name: str, plugin: object) -> Plugin:
    """The plugin; TypeError if it does not keep the contract."""
    if not isinstance(plugin, Plugin):
        raise TypeError(f"It is a {type(plugin).__name__}, not an apps.plugins.base.Plugin.")
    if plugin.api_version != API_VERSION:
        raise TypeError(f"It is made for version {plugin.api_version} of the plugin contract; this is {API_VERSION}.")
    if plugin.slug != name:
        raise TypeError(f"Its slug is “{plugin.slug}”, but its entry point is called “{name}”.")
    slugs = [action.slug for action in plugin.actions]
    if bad := [slug for slug in (name, *slugs) if not SLUG.fullmatch(slug)]:
        raise TypeError(f"“{bad[0]}” is no slug: use small letters, digits and underscores.")
    if len(set(slugs)) != len(slugs):
        raise TypeError("Two of its actions have the same slug.")
    for action in plugin.actions:
        refuse_unknown_types(action.params)
    return plugin
