# [DEF:users.management.commands.create_admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep create_admin`: create the first account, or another administrator.
# @RELATION INHERITS_FROM -> core.management.base

from __future__ import annotations

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options
from apps.core.management.output import Output
from apps.core.management.passwords import add_password_options, read_password
from apps.users.services import actor


class Command(BaseCommand):
    help = _("Create an administrator. The password is prompted for, or read from a file or standard input.")

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USERNAME", help=_("name of the account"))
        parser.add_argument("--email", metavar="ADDRESS", default="", help=_("mail address"))
        add_password_options(parser)

    def run(self, options: Options) -> Output:
        user = actor.create_admin(
            username=options["username"], password=read_password(options, confirm=True), email=options["email"]
        )
        text = _("Created the administrator “{username}”.").format(username=user.username)
        return Output({"username": user.username, "email": user.email}, text)
