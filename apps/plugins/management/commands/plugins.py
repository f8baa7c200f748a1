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

from apps.core.errors import LockstepError, NotThere
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import DONE, FAILED, Output, table_output
from apps.core.management.passwords import read_secret_file
from apps.plugins import services
from apps.plugins.cli_params import read_cli_params
from apps.plugins.models import VIEW, PluginRecord, PluginState
from apps.plugins.params import secret_names
from apps.plugins.registry import registry
from apps.plugins.skeleton import write_skeleton
from apps.users.policies import require
from apps.users.services.actor import acting_user, looking_user


class Command(BaseCommand):
    help = "What Lockstep can do beside its own work: list, check, enable, disable, settings, new."

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("list", self.list, "Show all that are or were installed."))
        check = verbs.add("check", self.check_plugins, "Tell what is wrong with them; 1 if anything is.")
        check.add_argument("slug", nargs="?", help="only this one")
        add_onlooker(check)
        for verb, method, summary in (
            ("enable", self.enable, "Let its actions be run."),
            ("disable", self.disable, "Let none of its actions be started."),
        ):
            add_actor(_slug(verbs.add(verb, method, summary)))
        settings = _slug(verbs.add("settings", self.settings, "Show what is set, or set something."))
        settings.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="again for a list")
        settings.add_argument(
            "--secret-file",
            action="append",
            default=[],
            metavar="NAME=FILE",
            help="a secret: the first line of this file",
        )
        settings.add_argument("--unset", action="append", default=[], metavar="NAME", help="the default again")
        add_actor(settings)
        new = verbs.add("new", self.new, "Write a package with a plugin that works, to begin with.")
        new.add_argument("slug", metavar="NAME", help="small letters, digits and underscores")
        new.add_argument("--in", dest="folder", type=Path, default=Path(), metavar="FOLDER", help="default: here")

    def list(self, options: Options) -> Output:
        require(looking_user(username=options["actor"]), VIEW)
        rows = services.refresh_records()
        headers = ("PLUGIN", "TITLE", "VERSION", "STATE", "ENABLED", "ACTIONS")
        return table_output(
            [_plugin_data(row) for row in rows], headers, [_cells(row) for row in rows], empty="No plugins."
        )

    def check_plugins(self, options: Options) -> Output:
        require(looking_user(username=options["actor"]), VIEW)
        rows = services.refresh_records() if options["slug"] is None else [services.get_plugin(options["slug"])]
        problems = {row.slug: found for row in rows if (found := _problem(row))}
        text = "\n".join(f"{slug}: {problem}" for slug, problem in problems.items())
        code = FAILED if problems else DONE
        return Output({"problems": problems}, text or f"Nothing is wrong ({len(rows)} looked at).", exit_code=code)

    def enable(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=True)

    def disable(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=False)

    def settings(self, options: Options) -> Output:
        plugin = services.get_plugin(options["slug"])
        if changes := _changes(plugin, options):
            actor = acting_user(username=options["actor"])
            different = services.store_settings(actor=actor, plugin=plugin, changes=changes)
            text = f"“{plugin}”: {'changed ' + ', '.join(different) if different else 'nothing to change'}."
            return Output(services.shown_settings(plugin), text)
        require(looking_user(username=options["actor"]), VIEW)
        shown = services.shown_settings(plugin)
        rows = [(name, _shown(plugin, name, value)) for name, value in shown.items()]
        return table_output(shown, ("SETTING", "VALUE"), rows, empty=f"“{plugin}” has nothing that could be set.")

    def new(self, options: Options) -> Output:
        place = write_skeleton(slug=options["slug"], folder=options["folder"])
        return Output({"folder": str(place)}, f"Wrote “{place}”. Its README tells how it is installed and tested.")

    def _set_enabled(self, options: Options, *, enabled: bool) -> Output:
        plugin = services.get_plugin(options["slug"])
        actor = acting_user(username=options["actor"])
        changed = services.set_enabled(actor=actor, plugin=plugin, enabled=enabled)
        state = "enabled" if enabled else "disabled"
        return Output(_plugin_data(plugin), f"“{plugin}” is {'now' if changed else 'already'} {state}.")


def _slug(parser: CommandParser) -> CommandParser:
    parser.add_argument("slug", metavar="PLUGIN")
    return parser


def _changes(plugin: PluginRecord, options: Options) -> dict[str, Any]:
    found = registry().plugins.get(plugin.slug)
    if found is None or found.settings is None:
        if options["set"] or options["secret_file"] or options["unset"]:
            raise NotThere(f"“{plugin}” has nothing that could be set.")
        return {}
    given = read_cli_params(found.settings, options["set"])
    if hidden := sorted(secret_names(found.settings) & set(given)):
        raise LockstepError(f"“{hidden[0]}” is secret and not to be seen on a command line: use --secret-file.")
    return given | _secrets(options["secret_file"]) | dict.fromkeys(options["unset"])


def _secrets(words: Iterable[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    if bad := [name for name, _, file in pairs if not file]:
        raise LockstepError(f"“{bad[0]}” is not NAME=FILE.")
    return {name: read_secret_file(file) for name, _, file in pairs}


def _problem(row: PluginRecord) -> str:
    if row.reason:
        return f"{row.state}: {row.reason}" if row.state != PluginState.READY else row.reason
    try:
        services.settings_of(row.slug)
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
    told = _plugin_data(row)
    enabled = "yes" if row.enabled else "no"
    return row.slug, row.title or "-", row.version or "-", row.state, enabled, ", ".join(told["actions"]) or "-"


def _shown(plugin: PluginRecord, name: str, value: Any) -> str:
    found = registry().plugins[plugin.slug]
    if found.settings and name in secret_names(found.settings):
        return "(set)" if value else "(not set)"
    return "-" if value is None else str(value)
