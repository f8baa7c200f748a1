# [DEF:users.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Creates the default roles after the tables.
# @RELATION DEPENDS_ON -> users.default_roles

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class UsersConfig(AppConfig):
    name = "apps.users"

    def ready(self) -> None:
        from apps.users.default_roles import add_roles  # noqa: PLC0415 - models are loaded only now

        post_migrate.connect(add_roles, sender=self)
