# [DEF:environments.management.commands.rotate_encryption_key:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py rotate_encryption_key`: every stored secret under a new key.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

from django.core.management.base import CommandParser

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, add_actor
from apps.core.management.output import Output
from apps.environments.key_rotation import rotate_encryption_key
from apps.users.services.actor import acting_user


class Command(BaseCommand):
    help = "Put all stored credentials under a new encryption key."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--drop-old",
            action="store_true",
            help="forget the old key at once; a backup of the database made before can then not be read",
        )
        add_actor(parser)

    def run(self, options: Options) -> Output:
        rotated = rotate_encryption_key(actor=acting_user(username=options["actor"]), drop_old=options["drop_old"])
        text = f"{rotated.credentials} credentials re-encrypted. {rotated.advice}"
        return Output({"credentials": rotated.credentials}, text)
