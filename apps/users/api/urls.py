# [DEF:users.api.urls:Module]
# @COMPLEXITY: 3
# @PURPOSE: The route of the session.
# @RELATION DEPENDS_ON -> users.api.views

from __future__ import annotations

from django.urls import path

from apps.users.api import views

urlpatterns = [
    path("session", views.SessionView.as_view(), name="session"),
    path("session/password", views.PasswordView.as_view(), name="session-password"),
    path("sessions", views.AllSessionsView.as_view(), name="sessions"),
    path("tokens", views.TokenList.as_view(), name="tokens"),
    path("tokens/<int:pk>", views.TokenDetail.as_view(), name="token"),
]
