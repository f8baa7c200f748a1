# [DEF:audit.api.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The routes of the audit.

from __future__ import annotations

from django.urls import path

from apps.audit.api import views

urlpatterns = [
    path("audit", views.AuditList.as_view(), name="audit"),
    path("audit/export", views.AuditExport.as_view(), name="audit-export"),
]
