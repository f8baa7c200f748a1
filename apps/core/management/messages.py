# [DEF:core.management.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: The sentences that all commands share.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STOPPED = _("Stopped.")
NOT_UTF8_ARGUMENT = _("Argument {number} is not UTF-8 text: “{argument}”.")
DATABASE_FAILED = _("The database failed: {cause}. Try again in a moment.")
DATABASE_UNUSABLE = _("The database cannot be used: {cause}. Check DATABASE_URL and that the server is running.")
DATABASE_OUTDATED = _("The database lacks tables or columns of this version. Run `{program} migrate` first.")

PASSWORD_MISSING = _("No password given. Use --password-file FILE or --password-stdin.")
PASSWORDS_DIFFER = _("The two passwords differ. Try again.")
PASSWORD_EMPTY = _("The password is empty (read from {where}).")
FILE_UNREADABLE = _("The file “{name}” cannot be read ({reason}).")
