# [DEF:project.apps:Module]
# @COMPLEXITY: 1
"""The admin of this installation."""

from __future__ import annotations

from django.contrib.admin.apps import SimpleAdminConfig


class AdminConfig(SimpleAdminConfig):
    """Finds the admin modules in `urls.py` and not at every start: workers and commands do without them."""

    default_site = "project.admin.site.LockstepSite"
