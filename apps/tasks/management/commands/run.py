# [DEF:tasks.management.commands.run:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep run`: web and worker in one command, until Ctrl-C.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

import argparse
import gc
import socket
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import connections
from django.utils.translation import gettext as _

from apps.core.errors import LockstepError
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options
from apps.core.management.messages import TABLES_LOCKED
from apps.core.management.output import Output
from apps.core.management.program import as_typed_elsewhere, worded_for_commands
from apps.core.management.supervisor import Part, supervise
from apps.tasks.web import server
from apps.tasks.worker import pool
from apps.tasks.worker.unfinished import refuse_half_restored
from apps.users.services.actor import has_admin


class Command(BaseCommand):
    help = _("Run the web server and a worker together until Ctrl-C or SIGTERM.")
    serves = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port",
            type=_port,
            metavar="PORT",
            default=settings.PORT,
            help=_("port on {host} (default: LOCKSTEP_PORT or 8000; now {port})").format(
                host=settings.HOST, port=settings.PORT
            ),
        )

    def run(self, options: Options) -> Output:
        listener, is_first_start = self.prepared(options["port"])
        if is_first_start:
            database = _database(settings.DATABASES["default"])
            self._say(_("First start: creating the tables in {database} …").format(database=database))
            server.prepare_database()
        host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
        address = f"http://{host}:{options['port']}/"
        self._say(_("Lockstep is running at {address} (Ctrl-C stops it)").format(address=address))
        if not has_admin():
            text = _("There is no administrator yet. Create one in another terminal, then sign in:")
            self._say(f"{text}\n    {as_typed_elsewhere()} create_admin NAME")
        connections.close_all()  # a connection must not be shared with a fork
        gc.collect()
        gc.freeze()
        self.serve(listener)
        return Output({"stopped": True}, _("Stopped."))

    def serve(self, listener: socket.socket) -> None:
        """Until it is told to stop."""
        web = Part(_("web server"), partial(server.serve, listener))
        worker = Part(_("worker"), partial(pool.run, self._say, frozenset(settings.WORKER_OFFERS)))
        supervise([web, worker], self._say)

    def prepared(self, port: int) -> tuple[socket.socket, bool]:
        """The listening socket, and whether the database is still empty. A refusal is worded for the terminal."""
        try:
            refuse_half_restored()
            return server.listen(port), server.is_first_start(lambda: self._say(str(TABLES_LOCKED)))
        except LockstepError as refused:
            with worded_for_commands():
                raise LockstepError(str(refused)) from None

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence)
        self.stderr.flush()


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 2**16):
        raise argparse.ArgumentTypeError(_("“{text}” is not a port between 1 and 65535").format(text=text))
    return int(text)


def _database(database: dict[str, Any]) -> str:
    return str(database["NAME"])
