# [DEF:users.management.commands.create_admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py create_admin`: the first account, or one more administrator.
# @RELATION INHERITS_FROM -> core.management.base

from __future__ import annotations

from django.core.management.base import CommandParser

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options
from apps.core.management.output import Output
from apps.core.management.passwords import add_password_options, read_password
from apps.users.services import actor


class Command(BaseCommand):
    help = "Make an administrator; the password is asked for, or read from a file or standard input."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--email", default="")
        add_password_options(parser)

    def answer(self, options: Options) -> Output:
        user = actor.create_admin(
            username=options["username"], password=read_password(options, confirm=True), email=options["email"]
        )
        return Output(
            {"username": user.username, "email": user.email}, f"The administrator “{user.username}” has been made."
        )
