# [DEF:plugins.registry:Module]
# @COMPLEXITY: 3
# @PURPOSE: The installed plugins, found once by their entry points; broken ones with their reason.
# @RELATION DEPENDS_ON -> plugins.base

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, distributions, entry_points
from typing import Any

from django.utils.functional import Promise

from apps.plugins.base import API_VERSION, Action, Plugin
from apps.plugins.needs import MOST, is_word
from apps.plugins.params import refuse_unknown_types

logger = logging.getLogger(__name__)

GROUP = "lockstep.plugins"
SHIPPED_BY = "lockstep"
SLUG = re.compile(r"[a-z][a-z0-9_]{0,99}")
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Broken:
    """A plugin that was found and cannot be used; its slug is the name of its entry point."""

    slug: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    plugins: dict[str, Plugin]
    broken: tuple[Broken, ...]
    shipped: frozenset[str]

    def action(self, plugin: str, action: str) -> Action | None:
        found = self.plugins.get(plugin)
        return found.action(action) if found else None

    def reason(self, slug: str) -> str:
        """What is wrong with the plugin, or with a second one of that name; empty if nothing is."""
        return next((broken.reason for broken in self.broken if broken.slug == slug), "")


@cache
def registry() -> Registry:
    """What is installed with this Python: read at the first call, the same ever after."""
    return read(_installed())


def permissions() -> dict[str, str]:
    """What its actions can be permitted by: `catalogue.sync` → its title."""
    plugins = registry().plugins.values()
    return {f"{each.slug}.{action.slug}": str(action.title) for each in plugins for action in each.actions}


def read(entries: Iterable[EntryPoint]) -> Registry:
    plugins: dict[str, Plugin] = {}
    broken: list[Broken] = []
    shipped: set[str] = set()
    found = [(_distribution_name(entry) != SHIPPED_BY, entry) for entry in entries]
    for foreign, entry in sorted(found, key=lambda each: (each[0], each[1].name)):
        try:
            if entry.name in plugins:
                raise TypeError(f"Another plugin is called “{entry.name}” already.")
            plugins[entry.name] = _checked(entry.name, entry.load())
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a foreign module raises must not stop the site
            broken.append(Broken(_printable(entry.name)[:100], _reason(entry, error)))
        if not foreign:
            shipped.add(entry.name)
    return Registry(plugins, tuple(broken), frozenset(shipped))


def _installed() -> Iterable[EntryPoint]:
    try:
        return entry_points(group=GROUP)
    except Exception:  # noqa: BLE001 - one malformed file among all that is installed with this Python
        return list(_of_each_distribution())


def _of_each_distribution() -> Iterator[EntryPoint]:
    """As `entry_points`, but without those of a distribution whose list cannot be read."""
    known = set()
    for distribution in distributions():
        try:
            if (name := distribution.metadata["Name"]) not in known:  # the first on the path counts
                known.add(name)
                yield from distribution.entry_points.select(group=GROUP)
        except Exception as error:  # noqa: BLE001 - one malformed distribution must not hide the others
            logger.warning("the entry points of an installed distribution cannot be read: %s", error)


def _distribution_name(entry: EntryPoint) -> str:
    """Empty if the distribution does not say."""
    try:
        return str(entry.dist.name) if entry.dist else ""
    except Exception:  # noqa: BLE001 - its metadata may be anything
        return ""


def _checked(name: str, plugin: object) -> Plugin:
    """The plugin; TypeError if it does not keep the contract."""
    if not isinstance(plugin, Plugin):
        raise TypeError(f"It is a {type(plugin).__name__}, not an apps.plugins.base.Plugin.")
    if plugin.api_version != API_VERSION:
        raise TypeError(f"It is made for version {plugin.api_version} of the plugin contract; this is {API_VERSION}.")
    if plugin.slug != name:
        raise TypeError(f"Its slug is “{plugin.slug}”, but its entry point is called “{name}”.")
    _refuse_bad_slug(name)
    _refuse_bad_text("title", plugin.title, 200)
    _refuse_bad_text("version", plugin.version, 50)
    actions: Any = plugin.actions
    if not (isinstance(actions, tuple) and all(isinstance(each, Action) for each in actions)):
        raise TypeError("Its actions are no tuple of apps.plugins.base.Action.")
    if len({action.slug for action in plugin.actions}) != len(plugin.actions):
        raise TypeError("Two of its actions have the same slug.")
    for action in plugin.actions:
        _refuse_bad_action(action)
    if plugin.settings is not None:
        refuse_unknown_types(plugin.settings, secrets=True)
    return plugin


def _refuse_bad_action(action: Action) -> None:
    _refuse_bad_slug(action.slug)
    _refuse_bad_text(f"title of “{action.slug}”", action.title, 200)
    if not callable(action.run):
        raise TypeError(f"The `run` of “{action.slug}” cannot be called.")
    if not (action.policy is None or callable(action.policy)):
        raise TypeError(f"The `policy` of “{action.slug}” cannot be called.")
    _refuse_bad_needs(action)
    large: Any = action.large
    if not isinstance(large, bool):
        raise TypeError(f"The `large` of “{action.slug}” is {large!r}: give True or False.")
    limit: Any = action.time_limit
    if not (isinstance(limit, (int, float)) and limit >= 0):
        raise TypeError(f"The time limit of “{action.slug}” is {limit!r}: give it in seconds.")
    refuse_unknown_types(action.params)


def _refuse_bad_needs(action: Action) -> None:
    needs: Any = action.needs
    if not (isinstance(needs, frozenset) and len(needs) <= MOST and all(map(is_word, needs))):
        raise TypeError(
            f"The `needs` of “{action.slug}” are no frozenset of at most {MOST} words of lowercase letters, digits and "
            "underscores."
        )


def _refuse_bad_slug(slug: object) -> None:
    if not (isinstance(slug, str) and SLUG.fullmatch(slug)):
        raise TypeError(f"“{slug}” is not a slug: use lowercase letters, digits and underscores.")


def _refuse_bad_text(what: str, text: object, longest: int) -> None:
    text = str(text) if isinstance(text, Promise) else text
    if not (isinstance(text, str) and text and len(text) <= longest and text == _printable(text)):
        raise TypeError(f"Its {what} is no text of 1 to {longest} printable characters.")


def _reason(entry: EntryPoint, error: BaseException) -> str:
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - a foreign class
        text = f"{type(error).__name__}, whose message cannot be read"
    source = _distribution_name(entry) or "an unknown package"
    return _printable(f"{text[:LONGEST_REASON]} (“{entry.value}” of {source})")


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
