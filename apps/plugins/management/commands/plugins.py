# [DEF:plugins.management.commands.plugins:Module]
# @COMPLEXITY: 3
# @PURPOSE: Plugins for operators: list, check, enable, disable, settings, new.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from apps.core.errors import LockstepError, NotThere
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.lists import add_limit, add_search, add_state, page_of, page_output
from apps.core.management.output import DONE, FAILED, Output, table_output
from apps.core.management.passwords import read_secret_file
from apps.plugins import installation, messages, services
from apps.plugins.management.cli_params import read_cli_params
from apps.plugins.models import VIEW, PluginRecord, PluginState
from apps.plugins.params import secret_names
from apps.plugins.registry import registry
from apps.plugins.skeleton import write_skeleton
from apps.users.policies import require
from apps.users.services.actor import acting_user, looking_user

SWITCHED = {
    (True, True): messages.ENABLED,
    (False, True): messages.DISABLED,
    (True, False): messages.ALREADY_ENABLED,
    (False, False): messages.ALREADY_DISABLED,
}
"""What to say, by whether it is enabled now and whether that was changed."""


class Command(BaseCommand):
    help = _("Manage plugins: list, check, enable, disable, settings, new.")

    def add_verbs(self, verbs: Verbs) -> None:
        listed = verbs.add("list", self.list, _("List the plugins that are or were installed."))
        add_state(listed, PluginState.values)
        add_search(listed, _("name or title"))
        add_limit(listed)
        add_onlooker(listed)
        check = verbs.add("check", self.check_plugins, _("Check plugins. Exits with 1 if there is a problem."))
        check.add_argument("slug", nargs="?", metavar="PLUGIN", help=_("only this plugin"))
        add_onlooker(check)
        for verb, method, summary in (
            ("enable", self.enable, _("Enable a plugin, so that its actions can be run.")),
            ("disable", self.disable, _("Disable a plugin: none of its actions can be started.")),
        ):
            add_actor(_slug(verbs.add(verb, method, summary)))
        settings = _slug(verbs.add("settings", self.settings, _("Show or change the settings of a plugin.")))
        settings.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", help=_("set this; repeat for a list")
        )
        settings.add_argument(
            "--secret-file",
            action="append",
            default=[],
            metavar="NAME=FILE",
            help=_("read a secret from the first line of this file"),
        )
        settings.add_argument("--unset", action="append", default=[], metavar="NAME", help=_("restore the default"))
        add_actor(settings)
        new = verbs.add("new", self.new, _("Create a package with a working plugin to start from."))
        new.add_argument("slug", metavar="NAME", help=_("lowercase letters, digits and underscores"))
        new.add_argument(
            "--in",
            dest="folder",
            type=Path,
            default=Path(),
            metavar="FOLDER",
            help=_("folder to create it in (default: the current one)"),
        )

    def list(self, options: Options) -> Output:
        require(looking_user(username=options["actor"]), VIEW)
        words, states = options["search"].lower().split(), options["state"]
        rows = [
            row
            for row in installation.refresh_records()
            if (not states or row.state in states) and all(word in f"{row.slug} {row.title}".lower() for word in words)
        ]
        headers = ("PLUGIN", "TITLE", "VERSION", "STATE", "ENABLED", "ACTIONS")
        page = page_of(rows, options)
        return page_output(page, options, headers, data=_plugin_data, cells=_cells, empty=_("No plugins."))

    def check_plugins(self, options: Options) -> Output:
        require(looking_user(username=options["actor"]), VIEW)
        rows = installation.refresh_records() if options["slug"] is None else [installation.get_plugin(options["slug"])]
        problems = {row.slug: found for row in rows if (found := _problem(row))}
        text = "\n".join(f"{slug}: {problem}" for slug, problem in problems.items())
        code = FAILED if problems else DONE
        return Output(
            {"problems": problems}, text or _("No problems ({count} checked).").format(count=len(rows)), exit_code=code
        )

    def enable(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=True)

    def disable(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=False)

    def settings(self, options: Options) -> Output:
        plugin = installation.get_plugin(options["slug"])
        if changes := _changes(plugin, options):
            actor = acting_user(username=options["actor"])
            different = services.store_settings(actor=actor, plugin=plugin, changes=changes)
            changed = messages.CHANGED.format(names=", ".join(different))
            text = changed if different else str(messages.UNCHANGED)
            return Output(services.shown_settings(plugin), text)
        require(looking_user(username=options["actor"]), VIEW)
        shown = services.shown_settings(plugin)
        rows = [(name, _shown(plugin, name, value)) for name, value in shown.items()]
        return table_output(shown, ("SETTING", "VALUE"), rows, empty=messages.NO_SETTINGS.format(plugin=plugin))

    def new(self, options: Options) -> Output:
        place = write_skeleton(slug=options["slug"], folder=options["folder"])
        return Output(
            {"folder": str(place)},
            _("Created “{place}”. Its README says how to install and test it.").format(place=place),
        )

    def _set_enabled(self, options: Options, *, enabled: bool) -> Output:
        plugin = installation.get_plugin(options["slug"])
        actor = acting_user(username=options["actor"])
        changed = services.set_enabled(actor=actor, plugin=plugin, enabled=enabled)
        return Output(_plugin_data(plugin), SWITCHED[enabled, changed].format(plugin=plugin))


def _slug(parser: CommandParser) -> CommandParser:
    parser.add_argument("slug", metavar="PLUGIN", help=_("name of the plugin, as in the list"))
    return parser


def _changes(plugin: PluginRecord, options: Options) -> dict[str, Any]:
    found = registry().plugins.get(plugin.slug)
    if found is None or found.settings is None:
        if options["set"] or options["secret_file"] or options["unset"]:
            raise NotThere(messages.NO_SETTINGS.format(plugin=plugin))
        return {}
    given = read_cli_params(found.settings, options["set"])
    if hidden := sorted(secret_names(found.settings) & set(given)):
        text = _("“{name}” is secret and must not appear on a command line. Use --secret-file.")
        raise LockstepError(text.format(name=hidden[0]))
    return given | _secrets(options["secret_file"]) | dict.fromkeys(options["unset"])


def _secrets(words: Iterable[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    if bad := [name for name, _, file in pairs if not file]:
        raise LockstepError(_("“{word}” is not NAME=FILE.").format(word=bad[0]))
    return {name: read_secret_file(file) for name, _, file in pairs}


def _problem(row: PluginRecord) -> str:
    if row.reason:
        return f"{row.state}: {row.reason}" if row.state != PluginState.READY else row.reason
    try:
        installation.settings_of(row.slug)
    except LockstepError as error:
        return str(error)
    return ""


def _plugin_data(row: PluginRecord) -> dict[str, Any]:
    found = registry().plugins.get(row.slug)
    return {
        **{name: getattr(row, name) for name in ("slug", "title", "version", "state", "reason", "enabled")},
        "actions": [action.slug for action in found.actions] if found else [],
    }


def _cells(row: PluginRecord) -> tuple[str, ...]:
    data = _plugin_data(row)
    enabled = _("yes") if row.enabled else _("no")
    return (
        row.slug,
        row.title or "-",
        row.version or "-",
        row.state_in_words,
        enabled,
        ", ".join(data["actions"]) or "-",
    )


def _shown(plugin: PluginRecord, name: str, value: Any) -> str:
    found = registry().plugins[plugin.slug]
    if found.settings and name in secret_names(found.settings):
        return _("(set)") if value else _("(not set)")
    return "-" if value is None else str(value)
