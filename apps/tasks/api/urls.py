# [DEF:tasks.api.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The routes of the tasks.

from __future__ import annotations

from django.urls import path

from apps.tasks.api import actions, health, views

urlpatterns = [
    path("health", health.HealthView.as_view(), name="health"),
    path("plugins/<slug:slug>/actions/<slug:action>/run", actions.PluginActionRun.as_view(), name="plugin-action-run"),
    path("tasks", views.TaskList.as_view(), name="tasks"),
    path("tasks/<int:pk>", views.TaskDetail.as_view(), name="task"),
    path("tasks/<int:pk>/lines", views.TaskLines.as_view(), name="task-lines"),
    path("tasks/<int:pk>/lines/count", views.TaskLinesCount.as_view(), name="task-lines-count"),
    path("tasks/<int:pk>/lines/text", views.TaskLinesText.as_view(), name="task-lines-text"),
    path("tasks/<int:pk>/cancel", views.TaskCancel.as_view(), name="task-cancel"),
    path("tasks/<int:pk>/retry", views.TaskRetry.as_view(), name="task-retry"),
    path("tasks/<int:pk>/dismiss", views.TaskDismiss.as_view(), name="task-dismiss"),
    path("tasks/<int:pk>/restore", views.TaskRestore.as_view(), name="task-restore"),
    path("tasks/<int:pk>/answer", views.TaskAnswer.as_view(), name="task-answer"),
    path("tasks/<int:pk>/artifacts/<path:name>", views.TaskArtifactContent.as_view(), name="task-artifact"),
]
