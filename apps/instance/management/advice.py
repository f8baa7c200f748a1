# [DEF:instance.management.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: What to do about a refused backup or restore, for a person at a terminal.

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ADVICE: Mapping[str, Promise] = {
    "instance.newer": _("Install the version that made it, or a newer one, and restore with that."),
    "instance.other_archive": _("It was not finished, or not copied to its end: use another one."),
    "instance.passphrase": _("Pass it with --passphrase-file FILE or --passphrase-stdin."),
    "instance.encryption_keys": _(
        "Put the file encryption_key of the instance that was backed up into the data directory, or its key into "
        "LOCKSTEP_ENCRYPTION_KEYS_OLD. If it is lost, pass --without-keys, and enter the credentials again afterwards."
    ),
    "instance.audit_keys": _(
        "Put the file audit_key of the instance that was backed up into the data directory, or its key into "
        "LOCKSTEP_AUDIT_KEYS_OLD. If it is lost, pass --without-keys: the audit can then not be verified."
    ),
    "instance.replace": _("Pass --replace to replace it; it is backed up first."),
    "instance.stop": _("Stop all web servers and workers first, then try again."),
    "instance.move_away": _("Move the database away, and restore into an empty one."),
}
