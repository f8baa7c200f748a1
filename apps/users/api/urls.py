from __future__ import annotations

from django.urls import path

from apps.users.api.views import SessionView

urlpatterns = [path("session", SessionView.as_view(), name="session")]
