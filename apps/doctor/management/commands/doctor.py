# [DEF:doctor.management.commands.doctor:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep doctor`: what is wrong with the installation or an environment, and what to do.
# @RELATION INHERITS_FROM -> environments.management.base
# @RELATION CALLS -> doctor.services.installation
# @RELATION CALLS -> doctor.services.environments
# @RELATION DEPENDS_ON -> core.management.base
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

from collections.abc import Iterator

from django.core.management.base import CommandParser

from apps.core.management.base import Options, add_onlooker
from apps.core.management.output import Output
from apps.doctor.findings import Check, Finding, State
from apps.doctor.management import messages
from apps.doctor.management.output import findings_output
from apps.doctor.policies import EXAMINE
from apps.doctor.services.environments import examine_environment, stored_state
from apps.doctor.services.examination import chosen_environments
from apps.doctor.services.installation import examine_installation
from apps.environments.management.base import SupersetCommand
from apps.environments.management.progress import ConsoleReporter, stopped_by_ctrl_c
from apps.users.policies import require
from apps.users.services.actor import looking_user

NEEDED = (Check.DATABASE, Check.SCHEMA)
"""Without these nothing is known of any environment."""


class Command(SupersetCommand):
    help = str(messages.HELP)

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--environment", action="append", default=[], metavar="NAME", help=str(messages.HELP_ENVIRONMENT)
        )
        parser.add_argument("--offline", action="store_true", help=str(messages.HELP_OFFLINE))
        add_onlooker(parser)

    def run(self, options: Options) -> Output:
        found = examine_installation()
        if not any(each.state is State.FAILED for each in found if each.check in NEEDED):
            found += self._environments(options)
        return findings_output(found)

    def _environments(self, options: Options) -> Iterator[Finding]:
        user = looking_user(username=options["actor"])
        require(user, EXAMINE)
        reporter = ConsoleReporter(self.stderr)
        with stopped_by_ctrl_c(reporter):
            for environment in chosen_environments(user, options["environment"]):
                if options["offline"]:
                    yield from stored_state(environment)
                else:
                    reporter.log(messages.ASKING.format(environment=environment))
                    yield from examine_environment(environment, reporter)
