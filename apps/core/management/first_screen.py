# [DEF:core.management.first_screen:Module]
# @COMPLEXITY: 2
# @PURPOSE: What `lockstep` alone prints: our commands by what they are for.
# @RELATION DEPENDS_ON -> core.management.program

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.management import messages
from apps.core.management.program import program

GROUPS: tuple[tuple[Promise, dict[str, Promise]], ...] = (
    (
        _("Get started"),
        {
            "run": _("Run the web server and a worker"),
            "create_admin": _("Create an administrator"),
            "environment": _("Add, check and edit Superset environments"),
        },
    ),
    (
        _("Work"),
        {
            "migration": _("Plan, apply and roll back migrations"),
            "mapping": _("Map databases and pair assets between environments"),
            "catalogue": _("Sync and show the assets of an environment"),
            "task": _("Follow, cancel, retry and answer tasks"),
            "schedule": _("Run actions by cron expression"),
            "freeze": _("Set windows in which nothing is applied"),
        },
    ),
    (
        _("People"),
        {
            "user": _("Manage accounts and their roles"),
            "token": _("Manage API tokens"),
            "sso": _("Check single sign-on"),
            "audit": _("Read, verify and export the audit log"),
        },
    ),
    (
        _("Operate"),
        {
            "web": _("Run the web server alone"),
            "worker": _("Run a worker alone"),
            "migrate": _("Create or update the tables of the database"),
            "check": _("Check the settings; with --deploy, for production"),
            "doctor": _("Find what is wrong, and what to do"),
            "instance": _("Back up and restore this instance"),
            "plugins": _("List, enable and set up plugins, or start a new one"),
            "rotate_encryption_key": _("Re-encrypt stored credentials with a new key"),
            "completion": _("Print a completion script for bash, zsh or fish"),
        },
    ),
    (_("Develop"), {"contracts": _("Check and map the contracts in the code")}),
)


def commands() -> list[str]:
    """Those that the first screen lists."""
    return [name for _title, group in GROUPS for name in group]


def first_screen() -> str:
    width = max(map(len, commands()))
    lines = [str(messages.WHAT_IT_IS), "", messages.USAGE.format(program=program())]
    for title, group in GROUPS:
        lines += ["", f"{title}:", *(f"  {name:{width}}  {summary}" for name, summary in group.items())]
    return "\n".join([*lines, "", messages.MORE_HELP.format(program=program())])
