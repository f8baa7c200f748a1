# [DEF:environments.management.commands.rotate_encryption_key:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep rotate_encryption_key`: every stored secret under a new key.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

from django.core.management.base import CommandParser

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, add_actor
from apps.core.management.output import Output
from apps.environments.key_rotation import OldKey, rotate_encryption_key
from apps.environments.management import messages
from apps.users.services.actor import acting_user

NEXT_STEPS = {
    OldKey.FROM_ENVIRONMENT: messages.UNSET_OLD_KEYS,
    OldKey.DROPPED: messages.OLD_KEY_DROPPED,
    OldKey.KEPT: messages.OLD_KEY_KEPT,
}


class Command(BaseCommand):
    help = str(messages.HELP_ROTATE)

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--drop-old",
            action="store_true",
            help=str(messages.HELP_DROP_OLD),
        )
        add_actor(parser)

    def run(self, options: Options) -> Output:
        rotated = rotate_encryption_key(actor=acting_user(username=options["actor"]), drop_old=options["drop_old"])
        text = f"{messages.REENCRYPTED.format(count=rotated.credentials)} {NEXT_STEPS[rotated.old_key]}"
        return Output({"credentials": rotated.credentials}, text)
