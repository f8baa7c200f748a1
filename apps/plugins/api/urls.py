# [DEF:plugins.api.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The addresses of plugins.

from __future__ import annotations

from django.urls import path

from apps.plugins.api import views

urlpatterns = [
    path("plugins", views.PluginList.as_view(), name="plugins"),
    path("plugins/<slug:slug>", views.PluginDetail.as_view(), name="plugin"),
    path("plugins/<slug:slug>/enable", views.PluginEnable.as_view(), name="plugin-enable"),
    path("plugins/<slug:slug>/disable", views.PluginDisable.as_view(), name="plugin-disable"),
    path("plugins/<slug:slug>/settings", views.PluginSettings.as_view(), name="plugin-settings"),
]
