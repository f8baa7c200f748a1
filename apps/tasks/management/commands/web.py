# [DEF:tasks.management.commands.web:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep web`: the web server alone, beside workers that are started on their own.
# @RELATION INHERITS_FROM -> tasks.management.commands.run
# @RELATION CALLS -> tasks.web.server

from __future__ import annotations

import os
import signal
import socket
import sys

from django.utils.translation import gettext as _

from apps.tasks.management.commands import run
from apps.tasks.web import server


class Command(run.Command):
    help = _("Run the web server alone until Ctrl-C or SIGTERM. Tasks wait for a worker.")

    def serve(self, listener: socket.socket) -> None:
        """In this process: whoever runs it on its own (systemd, a container) starts it again, and a process that only
        waited for it would take 35 MB."""
        server.serve(listener)

    def prepared(self, port: int) -> tuple[socket.socket, bool]:
        """From now on, until the server answers, a signal ends the process at once: KeyboardInterrupt would get lost in
        some of what is loaded."""
        found = super().prepared(port)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)
        return found

    def run_from_argv(self, argv: list[str]) -> None:
        """The end of the server ends the process: the interpreter would wait for a request that hangs."""
        super().run_from_argv(argv)
        _leave()


def _leave(*_: object) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
