# [DEF:doctor.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: What to do about a finding, in the admin and the API.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "doctor.database": _("Check DATABASE_URL, and that the server is running."),
    "doctor.migrate": _("Stop all processes of Lockstep, make a backup, then migrate the database."),
    "doctor.downgraded": _("Run the version that the database is from, or restore the backup from before the upgrade."),
    "doctor.look_at_task": _("Look at the page of the task, and at the log of the worker."),
    "doctor.redis": _("Check LOCKSTEP_BROKER, and that the server is running."),
    "doctor.clocks": _("Synchronise the clocks of all machines (NTP)."),
    "doctor.make_room": _("Free space on that disk; old tasks with their files can be deleted."),
    "doctor.directory": _("Let the user of the service write there, or set LOCKSTEP_DATA_DIR to another directory."),
    "doctor.secrets": _("Restore the key that they were stored with, or enter these again."),
}
