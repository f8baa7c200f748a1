# [DEF:tasks.management.commands.web:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep web`: the web server alone, beside workers that are started on their own.
# @RELATION INHERITS_FROM -> tasks.management.commands.run
# @RELATION DEPENDS_ON -> core.management.supervisor

from __future__ import annotations

import socket
from functools import partial

from django.utils.translation import gettext as _

from apps.core.management.supervisor import Part
from apps.tasks.management.commands import run
from apps.tasks.web import server


class Command(run.Command):
    help = _("Run the web server alone until Ctrl-C or SIGTERM. Tasks wait for a worker.")

    def parts(self, listener: socket.socket) -> list[Part]:
        return [Part(_("web server"), partial(server.serve, listener))]
