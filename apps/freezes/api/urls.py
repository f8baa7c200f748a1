# [DEF:freezes.api.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The routes of the freeze windows.

from __future__ import annotations

from django.urls import path

from apps.freezes.api import views

urlpatterns = [
    path("freezes", views.FreezeList.as_view(), name="freezes"),
    path("freezes/<int:pk>", views.FreezeDetail.as_view(), name="freeze"),
]
