# [DEF:tasks.management.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: Next steps about tasks, for commands.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "tasks.list": _("List tasks with `{program} task list`."),
    "tasks.enable_environment": _("Enable it with `{program} environment enable {environment}`."),
    "tasks.open": _("Wait until they have ended, or cancel them with `{program} task cancel ID`."),
    "tasks.start_worker": _("Start one with `{program} worker`, or web server and worker with `{program} run`."),
    "tasks.offer": _("Start one with `{program} worker --offers {needs}`."),
    "tasks.restart_worker": _("Restart the worker and check its log."),
    "tasks.port": _("Choose another one with --port or LOCKSTEP_PORT."),
    "tasks.migrate": _("Stop all other processes of Lockstep, make a backup, then run `{program} migrate`."),
    "tasks.restore_again": _("Restore it again: `{program} instance restore FILE --yes --replace`."),
}
