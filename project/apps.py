# [DEF:project.apps:Module]
# @COMPLEXITY: 2
# @PURPOSE: The configuration of Django's admin.

from __future__ import annotations

from django.contrib.admin.apps import SimpleAdminConfig


class AdminConfig(SimpleAdminConfig):
    """The admin modules are loaded by `urls.py` and not at every start: workers and commands do not need them."""

    default_site = "project.admin.site.LockstepSite"
