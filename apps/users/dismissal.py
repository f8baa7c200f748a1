# [DEF:users.dismissal:Module]
# @COMPLEXITY: 3
# @PURPOSE: The columns of a failure that can be taken off the overview.

from __future__ import annotations

from django.conf import settings
from django.db import models


class Dismissible(models.Model):
    """A failure that somebody can take off the overview, for everybody. Its own page keeps it, with who did that. A new
    failure is a row of its own, so it shows again."""

    dismissed = models.DateTimeField(null=True, editable=False, help_text="when it was taken off the overview")
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    class Meta:
        abstract = True
