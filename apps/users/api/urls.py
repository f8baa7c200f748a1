# [DEF:users.api.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The routes of the session, of tokens, and of people and roles.

from __future__ import annotations

from django.urls import path

from apps.users.api import people, roles, views

urlpatterns = [
    path("session", views.SessionView.as_view(), name="session"),
    path("session/password", views.PasswordView.as_view(), name="session-password"),
    path("session/preferences", views.PreferencesView.as_view(), name="session-preferences"),
    path("sessions", views.AllSessionsView.as_view(), name="sessions"),
    path("tokens", views.TokenList.as_view(), name="tokens"),
    path("tokens/<int:pk>", views.TokenDetail.as_view(), name="token"),
    path("users", people.UserList.as_view(), name="users"),
    path("users/<int:pk>", people.UserDetail.as_view(), name="user"),
    path("users/<int:pk>/password", people.UserPassword.as_view(), name="user-password"),
    path("users/<int:pk>/sessions", people.UserSessions.as_view(), name="user-sessions"),
    path("grants", people.GrantList.as_view(), name="grants"),
    path("grants/<int:pk>", people.GrantDetail.as_view(), name="grant"),
    path("roles", roles.RoleList.as_view(), name="roles"),
    path("roles/<slug:slug>", roles.RoleDetail.as_view(), name="role"),
    path("permissions", roles.PermissionNames.as_view(), name="permissions"),
    path("group-mappings", roles.GroupMappingList.as_view(), name="group-mappings"),
    path("group-mappings/<int:pk>", roles.GroupMappingDetail.as_view(), name="group-mapping"),
]
