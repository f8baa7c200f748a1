# [DEF:overview.api.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The routes of what several apps show together, and of the environments.

from __future__ import annotations

from django.urls import path

from apps.overview.api import environments, views

urlpatterns = [
    path("activity", views.ActivityView.as_view(), name="activity"),
    path("search", views.SearchView.as_view(), name="search"),
    path("environments", environments.EnvironmentList.as_view(), name="environments"),
    path("environments/<str:slug>", environments.EnvironmentDetail.as_view(), name="environment"),
    path(
        "environments/<str:slug>/credentials",
        environments.EnvironmentCredentials.as_view(),
        name="environment-credentials",
    ),
    path("environments/<str:slug>/enable", environments.EnvironmentEnable.as_view(), name="environment-enable"),
    path("environments/<str:slug>/disable", environments.EnvironmentDisable.as_view(), name="environment-disable"),
    path("environments/<str:slug>/confirm", environments.EnvironmentConfirm.as_view(), name="environment-confirm"),
    path("environments/<str:slug>/decline", environments.EnvironmentDecline.as_view(), name="environment-decline"),
]
