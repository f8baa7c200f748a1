# [DEF:tasks.management.commands.web:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep web`: the web server alone, beside workers that are started on their own.
# @RELATION INHERITS_FROM -> tasks.management.commands.run
# @RELATION CALLS -> tasks.web.server

from __future__ import annotations

import socket

from django.utils.translation import gettext as _

from apps.tasks.management.commands import run
from apps.tasks.web import server


class Command(run.Command):
    help = _("Run the web server alone until Ctrl-C or SIGTERM. Tasks wait for a worker.")

    def serve(self, listener: socket.socket) -> None:
        """In this process: whoever runs it on its own (systemd, a container) starts it again, and a process that only
        waited for it would take 35 MB."""
        server.serve(listener)
