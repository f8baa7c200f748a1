# [DEF:plugins.management.options:Module]
# @COMPLEXITY: 3
# @PURPOSE: The options that choose rows of a list by plugin and action.
# @RELATION DEPENDS_ON -> plugins.registry
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import NotThere
from apps.core.management.base import Options
from apps.core.management.lists import equal
from apps.plugins.registry import registry


def add_plugin_filters(parser: Any) -> None:
    parser.add_argument("--plugin", metavar="PLUGIN", help=_("only those of this plugin"))
    parser.add_argument("--action", metavar="ACTION", help=_("only this action, such as catalogue.sync"))


def of_plugin(options: Options, rows: QuerySet[Any]) -> Q:
    """By `--plugin` and `--action`. A name that is neither installed nor in one of the rows is refused."""
    plugin, action = options["plugin"], options["action"]
    first, dot, rest = (action or "").partition(".")
    wanted = equal({"plugin": plugin}) & equal({"plugin": first, "action": rest} if dot else {"action": action})
    if wanted and not _is_installed(plugin, action) and not rows.filter(wanted).exists():
        raise _not_there(plugin, action)
    return wanted


def _actions() -> dict[str, list[str]]:
    return {slug: [action.slug for action in plugin.actions] for slug, plugin in registry().plugins.items()}


def _is_installed(plugin: str | None, action: str | None) -> bool:
    return any(
        plugin in (None, slug) and (action is None or action in (each, f"{slug}.{each}"))
        for slug, actions in _actions().items()
        for each in actions
    )


def _not_there(plugin: str | None, action: str | None) -> NotThere:
    known = _actions()
    if plugin and plugin not in known:
        return NotThere(
            _("There is no plugin “{name}”. Choose from {known}.").format(name=plugin, known=", ".join(sorted(known)))
        )
    names = sorted(f"{slug}.{each}" for slug in known if plugin in (None, slug) for each in known[slug])
    return NotThere(_("There is no action “{name}”. Choose from {known}.").format(name=action, known=", ".join(names)))
