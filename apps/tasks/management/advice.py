# [DEF:tasks.management.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: Next steps about tasks, for commands.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "tasks.list": _("List tasks with `manage.py task list`."),
    "tasks.enable_environment": _("Enable it with `manage.py environment enable {environment}`."),
    "tasks.open": _("Wait until they have ended, or cancel them with `manage.py task cancel ID`."),
    "tasks.start_worker": _("Start one with `manage.py worker`, or web server and worker with `manage.py run`."),
    "tasks.restart_worker": _("Restart the worker and check its log."),
    "tasks.port": _("Choose another one with --port or LOCKSTEP_PORT."),
    "tasks.migrate": _("Stop all other processes of Lockstep, make a backup, then run `manage.py migrate`."),
}
