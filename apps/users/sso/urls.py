# [DEF:users.sso.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The routes of single sign-on.

from __future__ import annotations

from django.urls import path

from apps.users.sso import views

urlpatterns = [
    path("begin", views.BeginView.as_view(), name="sso-begin"),
    path("callback", views.CallbackView.as_view(), name="sso-callback"),
    path("sign-out", views.SignOutView.as_view(), name="sso-sign-out"),
    path("signed-out", views.signed_out_elsewhere, name="sso-signed-out"),
]
