# [DEF:catalogue.apps:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "apps.catalogue"
