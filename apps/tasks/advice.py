# [DEF:tasks.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: Next steps about tasks, for the admin, the API and mails.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "tasks.list": _("See the list of tasks."),
    "tasks.enable_environment": _("Enable it first."),
    "tasks.open": _("Wait until they have ended, or cancel them."),
    "tasks.start_worker": _("Start a worker on the server."),
    "tasks.offer": _("Start one on the server, or ask whoever runs Lockstep; the settings say how."),
    "tasks.restart_worker": _("Restart the worker and check its log."),
    "tasks.port": _("Choose another one with LOCKSTEP_PORT."),
    "tasks.migrate": _("Stop all other processes of Lockstep, make a backup, then migrate the database."),
    "tasks.restore_again": _("Ask an operator to restore it again."),
}
