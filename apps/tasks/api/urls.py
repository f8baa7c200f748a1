from __future__ import annotations

from django.urls import path

from apps.tasks.api import actions, health, views

urlpatterns = [
    path("health", health.HealthView.as_view(), name="health"),
    path("plugins/<slug:slug>/actions/<slug:action>/run", actions.PluginActionRun.as_view(), name="plugin-action-run"),
    path("tasks", views.TaskList.as_view(), name="tasks"),
    path("tasks/<int:pk>", views.TaskDetail.as_view(), name="task"),
    path("tasks/<int:pk>/lines", views.TaskLines.as_view(), name="task-lines"),
    path("tasks/<int:pk>/artifacts/<path:name>", views.TaskArtifactContent.as_view(), name="task-artifact"),
]
