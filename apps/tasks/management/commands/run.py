# [DEF:tasks.management.commands.run:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py run`: web and worker in one command, until Ctrl-C.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

import argparse
import gc
import sys
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import connections

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options
from apps.core.management.output import Output
from apps.core.supervisor import Part, supervise
from apps.tasks.web import server
from apps.tasks.worker import pool
from apps.users.services.actor import has_admin


class Command(BaseCommand):
    help = "Serve the pages and work on the tasks, both in one, until Ctrl-C or SIGTERM."
    serves = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port",
            type=_port,
            default=settings.PORT,
            help=f"of {server.HOST} (default: LOCKSTEP_PORT, or 8000; now {settings.PORT})",
        )

    def run(self, options: Options) -> Output:
        listener = server.listen(options["port"])
        if server.is_first_start():
            self._tell(f"First start: making the tables in {_database(settings.DATABASES['default'])} …")
            server.prepare_database()
        address = f"http://{server.HOST}:{options['port']}/"
        self._tell(f"Lockstep is at {address} (Ctrl-C ends it)")
        if not has_admin():
            self._tell(
                "There is no administrator yet. Make one in another terminal, then sign in:\n"
                f"    {sys.executable} {Path(sys.argv[0]).resolve()} create_admin NAME"
            )
        connections.close_all()  # a connection must not be shared with a fork
        gc.collect()
        gc.freeze()
        web = Part("web server", partial(server.serve, listener))
        supervise([web, Part("worker", partial(pool.run, self._tell))], self._tell)
        return Output({"stopped": True}, "Stopped.")

    def _tell(self, sentence: str) -> None:
        self.stderr.write(sentence)
        self.stderr.flush()


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 2**16):
        raise argparse.ArgumentTypeError(f"“{text}” is no port from 1 to 65535")
    return int(text)


def _database(database: dict[str, Any]) -> str:
    return str(database["NAME"])
