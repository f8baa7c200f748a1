# [DEF:doctor.management.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: What to do about a finding, at a terminal.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "doctor.database": _("Check DATABASE_URL, and that the server is running."),
    "doctor.migrate": _("Stop all other processes of Lockstep, make a backup, then run `{program} migrate`."),
    "doctor.downgraded": _("Run the version that the database is from, or restore the backup from before the upgrade."),
    "doctor.look_at_task": _("Look at `{program} task show {task}`, and at the log of the worker."),
    "doctor.redis": _("Check LOCKSTEP_BROKER, and that the server is running."),
    "doctor.clocks": _("Synchronise the clocks of all machines (NTP)."),
    "doctor.make_room": _("Free space on that disk; `{program} task prune` deletes old tasks with their files."),
    "doctor.directory": _("Let the user of the service write there, or set LOCKSTEP_DATA_DIR to another directory."),
    "doctor.secrets": _(
        "Put the key that they were stored with into LOCKSTEP_ENCRYPTION_KEYS_OLD, or store these again: "
        "`{program} environment credentials NAME`."
    ),
}
