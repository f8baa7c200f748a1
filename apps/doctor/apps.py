# [DEF:doctor.apps:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.apps import AppConfig


class DoctorConfig(AppConfig):
    name = "apps.doctor"
