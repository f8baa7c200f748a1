# [DEF:environments.api.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The routes of the environments.

from __future__ import annotations

from django.urls import path

from apps.environments.api import views

urlpatterns = [
    path("environments", views.EnvironmentList.as_view(), name="environments"),
    path("environments/<str:slug>", views.EnvironmentDetail.as_view(), name="environment"),
    path("environments/<str:slug>/credentials", views.EnvironmentCredentials.as_view(), name="environment-credentials"),
    path("environments/<str:slug>/enable", views.EnvironmentEnable.as_view(), name="environment-enable"),
    path("environments/<str:slug>/disable", views.EnvironmentDisable.as_view(), name="environment-disable"),
    path("environments/<str:slug>/confirm", views.EnvironmentConfirm.as_view(), name="environment-confirm"),
    path("environments/<str:slug>/decline", views.EnvironmentDecline.as_view(), name="environment-decline"),
]
